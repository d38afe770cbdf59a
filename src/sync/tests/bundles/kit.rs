//! Bundles in memory between fakes.

use std::collections::BTreeSet;

use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

use crate::{
    crypto::{ReceivingKey, bundle::Envelope},
    model::{
        id::{CircleId, OrgId},
        time::Timestamp,
    },
    sync::{
        Replica,
        bundle::{
            Export, Import, Outcome, PartError, PartReader, PartWriter, Preface, Recipient,
            Stopped, plan,
        },
        tests::fake::{Fake, device_id, device_key, transport},
    },
};

/// Why a part is not taken.
#[derive(Debug)]
pub(super) enum Refused {
    Envelope,
    Part(PartError),
    Stopped(Stopped),
}

/// The recipient that a fake with this place in a network is; fakes are numbered from 1.
pub(super) fn recipient(place: u8) -> Recipient {
    let number = place + 1;
    Recipient { device: device_id(number), transport: transport(number) }
}

pub(super) fn receiving_key(number: u8) -> ReceivingKey {
    ReceivingKey::from_bytes(&[number; 32])
}

fn number(of: &Recipient) -> u8 {
    (0..=u8::MAX).find(|number| device_id(*number) == of.device).unwrap()
}

pub(super) fn preface(maker: u8) -> Preface {
    Preface {
        device: device_id(maker),
        org: OrgId::new([maker; 32]),
        transport: transport(maker),
        series: [9; 16],
        part: 0,
        made: Timestamp::from_millis(1),
    }
}

pub(super) fn envelope(to: &BTreeSet<Recipient>, seed: u64) -> Envelope {
    let keys = |to: &Recipient| (to.device, receiving_key(number(to)).public());
    let to: Vec<_> = to.iter().map(keys).collect();
    Envelope::seal(&to, &mut ChaCha20Rng::seed_from_u64(seed)).unwrap()
}

/// All parts for these recipients, of all circles.
pub(super) fn export(from: &Fake, to: &[Recipient], size: u64, since: bool) -> Vec<Vec<u8>> {
    let mut from = from.clone();
    parts(&mut from, to, size, since, |_, _| {})
}

/// The same, while something happens between the items.
pub(super) fn parts_between(
    from: &mut Fake,
    to: &[Recipient],
    size: u64,
    between: impl FnMut(&mut Fake, usize),
) -> Vec<Vec<u8>> {
    parts(from, to, size, false, between)
}

fn parts(
    from: &mut Fake,
    to: &[Recipient],
    size: u64,
    since: bool,
    mut between: impl FnMut(&mut Fake, usize),
) -> Vec<Vec<u8>> {
    let of = |circle: CircleId| (circle, to.iter().copied().collect::<BTreeSet<_>>());
    let wanted: Vec<_> = from.circles().into_iter().map(of).collect();
    let key = device_key(from.number);
    let mut done = Vec::new();
    for series in plan(from, &wanted) {
        let mut export = Export::new(from, &series, size, since, &[]);
        let (mut open, mut part) = (None, 0);
        let mut begin = |from: &Fake, export: &Export| {
            let preface = Preface { part, ..preface(from.number) };
            part += 1;
            let envelope = envelope(&series.recipients, u64::from(part));
            let mut writer = PartWriter::begin(Vec::new(), envelope, size, preface).unwrap();
            for item in export.opening(from, &series) {
                writer.open_with(&item.encode()).unwrap();
            }
            writer
        };
        for place in 0.. {
            between(from, place);
            let Some(item) = export.next(from) else { break };
            let item = item.encode();
            let writer: PartWriter<Vec<u8>> = match open.take() {
                Some(writer) if PartWriter::fits(&writer, item.len()) => writer,
                Some(full) => {
                    done.push(finish(full, false, &key));
                    begin(from, &export)
                }
                None => begin(from, &export),
            };
            open = Some(writer);
            open.as_mut().unwrap().add(&item).unwrap();
        }
        let last = open.unwrap_or_else(|| begin(from, &export));
        done.push(finish(last, true, &key));
    }
    done
}

pub(super) fn finish(
    part: PartWriter<Vec<u8>>,
    last: bool,
    key: &ed25519_dalek::SigningKey,
) -> Vec<u8> {
    let signature = part.colophon(last).sign(key);
    part.finish(last, signature).unwrap()
}

/// The envelope of a part for a fake.
pub(super) fn envelope_of(to: &Fake, part: &[u8]) -> Envelope {
    Envelope::open(&receiving_key(to.number), &device_id(to.number), part).unwrap()
}

/// Opens a part for a fake.
pub(super) fn open<'a>(to: &Fake, part: &'a [u8]) -> Result<PartReader<&'a [u8]>, Refused> {
    let envelope = Envelope::open(&receiving_key(to.number), &device_id(to.number), part);
    let envelope = envelope.ok_or(Refused::Envelope)?;
    let sealed = &part[envelope.header().len()..];
    Ok(PartReader::new(sealed, envelope))
}

/// Takes a part as the node does: all of it is checked before any of it is used.
pub(super) fn import(to: &mut Fake, part: &[u8]) -> Result<Outcome, Refused> {
    let info = open(to, part)?.check().map_err(Refused::Part)?;
    let mut reader = open(to, part)?;
    let mut import = Import::new(info.preface);
    while let Some(item) = reader.next_item().map_err(Refused::Part)? {
        import.take(to, item).map_err(Refused::Stopped)?;
    }
    import.finish(to);
    Ok(import.outcome().clone())
}

/// Takes parts as one import of several files does: again, as long as there is news. What came of
/// those that are for this fake, in the end.
pub(super) fn import_all(to: &mut Fake, parts: &[&Vec<u8>]) -> Vec<Outcome> {
    loop {
        let taken = parts.iter().map(|part| import(to, part));
        let outcomes: Vec<Outcome> = taken.filter_map(Result::ok).collect();
        if !outcomes.iter().any(Outcome::brought_news) {
            return outcomes;
        }
    }
}
