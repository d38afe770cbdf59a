//! Places for connections. Whoever has proved who it is keeps its place; of the others the oldest
//! goes when there is no room, so that nobody keeps phones out by doing nothing: of those at the same
//! address, if that has its share. A phone has a few places; beyond these its own oldest goes.

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
/// Connections at once that one phone has proved to be its own: through a proxy or a forward one
/// that was taken would have all.
const MAX_PER_PHONE: usize = 8;

/// All places.
#[derive(Debug, Clone, Default)]
pub(super) struct Places(Arc<Mutex<Taken>>);

#[derive(Debug, Default)]
struct Taken {
    last: u64,
    all: usize,
    by_source: BTreeMap<Source, usize>,
    /// Those that have proved nothing, the oldest first.
    strangers: BTreeMap<u64, (Source, Arc<Notify>)>,
    /// Those that a phone proved to be its own, by its name, the oldest first.
    known: BTreeMap<u64, (String, Arc<Notify>)>,
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
    /// A place for somebody who has proved nothing; none if all of its address, or all that are, are
    /// taken by such as did.
    pub(super) fn take(&self, from: Source) -> Option<Place> {
        let mut taken = self.lock();
        let of_source = taken.by_source.get(&from).copied().unwrap_or_default();
        let full = taken.strangers.len() >= MAX_STRANGERS || taken.all >= MAX_CONNECTIONS;
        if of_source >= MAX_PER_SOURCE && !from.is_loopback() {
            let mut own = taken.strangers.iter().filter(|(_, (source, _))| *source == from);
            let oldest = own.next().map(|(number, _)| *number)?;
            taken.evict_stranger(oldest);
        } else if full {
            let oldest = taken.strangers.keys().next().copied()?;
            taken.evict_stranger(oldest);
        }
        taken.by_source.insert(from, of_source.saturating_add(1));
        taken.all = taken.all.saturating_add(1);
        taken.last = taken.last.saturating_add(1);
        let (number, evicted) = (taken.last, Arc::new(Notify::new()));
        taken.strangers.insert(number, (from, Arc::clone(&evicted)));
        drop(taken);
        Some(Place { places: self.clone(), number, from, known: AtomicBool::new(false), evicted })
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken {
    fn evict_stranger(&mut self, number: u64) {
        if let Some((_, evicted)) = self.strangers.remove(&number) {
            evicted.notify_one();
        }
    }
}

impl Place {
    /// Whoever has it proved to be this phone: it keeps it, until the phone has newer ones enough.
    /// Through a proxy several phones may have one, each for a request: it is the last one's.
    pub(super) fn prove(&self, phone: &str) {
        let mut taken = self.places.lock();
        taken.strangers.remove(&self.number);
        self.known.store(true, Ordering::Relaxed);
        if taken.known.get(&self.number).is_some_and(|(name, _)| name == phone) {
            return;
        }
        taken.known.insert(self.number, (phone.to_owned(), Arc::clone(&self.evicted)));
        let own = taken.known.iter().filter(|(_, (name, _))| name == phone);
        let own: Vec<u64> = own.map(|(number, _)| *number).collect();
        if own.len() > MAX_PER_PHONE
            && let Some(oldest) = own.into_iter().find(|number| *number != self.number)
            && let Some((_, evicted)) = taken.known.remove(&oldest)
        {
            evicted.notify_one();
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
        taken.known.remove(&self.number);
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
        let taken: Vec<Place> =
            (0..40).map(|n| places.take(from(&format!("2001:db8:0:1::{n:x}"))).unwrap()).collect();
        assert_eq!(taken.iter().filter(|place| !is_evicted(place)).count(), MAX_PER_SOURCE);
        assert!(places.take(from("2001:db8:0:2::1")).is_some());
    }

    #[test]
    fn strangers_at_the_same_address_do_not_keep_a_phone_out() {
        let (places, shared) = (Places::default(), from("192.0.2.1"));
        let other = places.take(from("192.0.2.2")).unwrap();
        let strangers: Vec<Place> =
            (0..MAX_PER_SOURCE).map(|_| places.take(shared).unwrap()).collect();
        assert!(!strangers.iter().any(is_evicted));
        let phone = places.take(shared).unwrap();
        phone.prove("p-1");
        assert!(is_evicted(&strangers[0]) && !is_evicted(&strangers[1]));
        assert!(!is_evicted(&other), "another address loses nothing for it");
        // Phones there keep their places; once they have all of that address, no more come.
        let phones: Vec<Place> = (0..2 * MAX_PER_SOURCE)
            .map_while(|n| places.take(shared).inspect(|it| it.prove(&format!("p-{n}"))))
            .collect();
        assert!(phones.len() < MAX_PER_SOURCE && places.take(shared).is_none());
        assert!(!is_evicted(&phone) && !phones.iter().any(is_evicted));
    }

    #[test]
    fn one_phone_does_not_take_the_places_of_all() {
        let (places, proxy) = (Places::default(), from("127.0.0.1"));
        let other = places.take(proxy).unwrap();
        other.prove("p-2");
        let taken: Vec<Place> = (0..2 * MAX_CONNECTIONS)
            .map_while(|_| places.take(proxy).inspect(|it| it.prove("p-1")))
            .collect();
        let kept = taken.iter().filter(|place| !is_evicted(place)).count();
        assert_eq!((kept, is_evicted(&other)), (MAX_PER_PHONE, false));
        assert!(!is_evicted(taken.last().unwrap()), "the newest stays: the others may be dead");
        drop(taken);
        // A connection of a proxy is the phone's that used it last.
        other.prove("p-1");
        let new: Vec<Place> = (0..MAX_PER_PHONE).map(|_| places.take(proxy).unwrap()).collect();
        new.iter().for_each(|place| place.prove("p-1"));
        assert!(is_evicted(&other) && !new.iter().any(is_evicted));
    }

    #[test]
    fn a_phone_finds_a_place_though_strangers_took_all() {
        let (places, proxy) = (Places::default(), from("127.0.0.1"));
        let known = places.take(proxy).unwrap();
        known.prove("p-0");
        let strangers: Vec<Place> =
            (0..MAX_STRANGERS).map(|_| places.take(proxy).unwrap()).collect();
        assert!(!strangers.iter().any(is_evicted));
        let phone = places.take(proxy).unwrap();
        phone.prove("p-0");
        assert!(is_evicted(&strangers[0]) && !is_evicted(&strangers[1]) && !is_evicted(&known));

        // Those who proved who they are keep their places, all of them.
        let phones: Vec<Place> = (0..2 * MAX_CONNECTIONS)
            .map_while(|n| places.take(proxy).inspect(|it| it.prove(&format!("p-{n}"))))
            .collect();
        assert!(phones.len() < MAX_CONNECTIONS && places.take(proxy).is_none());
        assert!(!phones.iter().any(is_evicted));
        drop((phones, strangers));
        assert!(places.take(proxy).is_some());
    }
}
