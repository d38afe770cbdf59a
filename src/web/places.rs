//! Places for connections. Whoever has proved who it is keeps its place; of the others the oldest
//! goes when there is no room, so that nobody keeps phones out by doing nothing.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::sync::Notify;

use super::limiter::Source;

/// Connections at once.
const MAX_CONNECTIONS: usize = 256;
/// Of these, such that have proved nothing yet.
const MAX_STRANGERS: usize = 192;
/// Connections from one address at once. Not of loopback: behind a proxy all come from there.
const MAX_PER_SOURCE: usize = 16;

/// All places.
#[derive(Debug, Clone, Default)]
pub(super) struct Places(Arc<Mutex<Taken>>);

#[derive(Debug, Default)]
struct Taken {
    last: u64,
    all: usize,
    by_source: BTreeMap<Source, usize>,
    /// Those that have proved nothing, the oldest first.
    strangers: BTreeMap<u64, Arc<Notify>>,
}

/// A place; free again when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    places: Places,
    number: u64,
    from: Source,
    known: AtomicBool,
    evicted: Arc<Notify>,
}

impl Places {
    /// A place for somebody who has proved nothing; none if its address has enough, or if all are
    /// taken by such as did.
    pub(super) fn take(&self, from: Source) -> Option<Place> {
        let mut taken = self.lock();
        let of_source = taken.by_source.get(&from).copied().unwrap_or_default();
        if of_source >= MAX_PER_SOURCE && !from.is_loopback() {
            return None;
        }
        if taken.strangers.len() >= MAX_STRANGERS || taken.all >= MAX_CONNECTIONS {
            let (_, oldest) = taken.strangers.pop_first()?;
            oldest.notify_one();
        }
        taken.by_source.insert(from, of_source.saturating_add(1));
        taken.all = taken.all.saturating_add(1);
        taken.last = taken.last.saturating_add(1);
        let (number, evicted) = (taken.last, Arc::new(Notify::new()));
        taken.strangers.insert(number, Arc::clone(&evicted));
        drop(taken);
        Some(Place { places: self.clone(), number, from, known: AtomicBool::new(false), evicted })
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Whoever has it proved who it is: it keeps it.
    pub(super) fn prove(&self) {
        if !self.known.swap(true, Ordering::Relaxed) {
            self.places.lock().strangers.remove(&self.number);
        }
    }

    pub(super) fn is_known(&self) -> bool {
        self.known.load(Ordering::Relaxed)
    }

    /// Where it comes from.
    pub(super) const fn from(&self) -> Source {
        self.from
    }

    /// Until somebody else gets it.
    pub(super) async fn evicted(&self) {
        self.evicted.notified().await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.lock();
        taken.strangers.remove(&self.number);
        taken.all = taken.all.saturating_sub(1);
        if let Some(count) = taken.by_source.get_mut(&self.from) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                taken.by_source.remove(&self.from);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{future::Future as _, net::IpAddr, pin::pin, task::Context};

    use super::*;

    fn from(address: &str) -> Source {
        address.parse::<IpAddr>().unwrap().into()
    }

    fn is_evicted(place: &Place) -> bool {
        let mut context = Context::from_waker(std::task::Waker::noop());
        pin!(place.evicted()).as_mut().poll(&mut context).is_ready()
    }

    #[test]
    fn a_network_of_ipv6_has_no_more_places_than_one_address() {
        let places = Places::default();
        let taken: Vec<Option<Place>> =
            (0..40).map(|n| places.take(from(&format!("2001:db8:0:1::{n:x}")))).collect();
        assert_eq!(taken.iter().flatten().count(), MAX_PER_SOURCE);
        assert!(places.take(from("2001:db8:0:2::1")).is_some());
        drop(taken);
        assert!(places.take(from("2001:db8:0:1::1")).is_some());
    }

    #[test]
    fn a_phone_finds_a_place_though_strangers_took_all() {
        let (places, proxy) = (Places::default(), from("127.0.0.1"));
        let known = places.take(proxy).unwrap();
        known.prove();
        let strangers: Vec<Place> =
            (0..MAX_STRANGERS).map(|_| places.take(proxy).unwrap()).collect();
        assert!(!strangers.iter().any(is_evicted));
        let phone = places.take(proxy).unwrap();
        phone.prove();
        assert!(is_evicted(&strangers[0]) && !is_evicted(&strangers[1]) && !is_evicted(&known));

        // Those who proved who they are keep their places, all of them.
        let phones: Vec<Place> = std::iter::from_fn(|| places.take(proxy))
            .inspect(Place::prove)
            .take(2 * MAX_CONNECTIONS)
            .collect();
        assert!(phones.len() < MAX_CONNECTIONS && places.take(proxy).is_none());
        assert!(!phones.iter().any(is_evicted));
        drop((phones, strangers));
        assert!(places.take(proxy).is_some());
    }
}
