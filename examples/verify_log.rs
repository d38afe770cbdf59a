//! Logs without a network and without a disk: write, verify, and see what a flipped bit does.
//!
//! ```text
//! cargo run --example verify_log
//! ```
//!
//! A device's log is a chain of signed entries. Whoever gets a run of them can check, with one
//! signature, that nothing was changed, left out or put in, whoever brought it.

#![expect(clippy::print_stdout, reason = "an example tells what it did")]

use std::{error::Error, sync::Arc};

use ceiba::{
    crypto::DeviceKeys,
    log::{Draft, Kind, Run, Tail, Writer, circle_tag, verify_run},
    model::id::{CircleId, EpochId, Incarnation, Lane, LogId, StatementId},
    node::clock,
};

fn main() -> Result<(), Box<dyn Error>> {
    print!("{}", play()?);
    Ok(())
}

/// What the example prints.
fn play() -> Result<String, Box<dyn Error>> {
    let keys = DeviceKeys::generate(&mut clock::entropy());
    let circle = circle_tag(&CircleId::new([7; 32]));
    let log = LogId {
        device: keys.device(),
        incarnation: Incarnation::new([1; Incarnation::LEN]),
        lane: Lane::Record,
    };

    // Three entries. In a real log the payloads are sealed for their place before this.
    let mut writer = Writer::new(circle, log, Tail::EMPTY);
    let mut run = Run { entries: Vec::new(), signature: [0; 64] };
    for text in ["first", "second", "third"] {
        let draft = Draft {
            kind: Kind::Changes,
            decision: StatementId::new([0; 32]),
            epoch: EpochId::new([0; 32]),
            payloads: vec![text.as_bytes().to_vec()],
        };
        let written = writer.append(writer.next_position(), draft, &keys.signing)?;
        run.entries.extend(written.to_run().entries);
        run.signature = *written.signature();
    }
    let mut told = format!("wrote {} entries, {} bytes\n", run.entries.len(), run.encoded_len());

    // Somebody who holds nothing of this log yet takes the run from whoever has it.
    let verify = |run: &Run| verify_run(&circle, &log, &Tail::EMPTY, |_seq| None, run);
    let verified = verify(&run)?;
    told += &format!("verified up to entry {}\n", verified.tail().next_seq - 1);

    // Once those are held, the same run again brings nothing new.
    let again = verify_run(&circle, &log, &verified.tail(), |_seq| None, &run)?;
    told += &format!("the same run again: {} new entries\n", again.fresh().len());

    // One bit on the way, anywhere, or an entry that somebody keeps back.
    for (what, damage) in DAMAGES {
        let mut damaged = run.clone();
        damage(&mut damaged);
        told += &match verify(&damaged) {
            Ok(_) => format!("{what}: NOT NOTICED\n"),
            Err(error) => format!("{what}: refused, {error}\n"),
        };
    }
    Ok(told)
}

/// Something that may happen to a run on its way, and its name.
type Damage = (&'static str, fn(&mut Run));

const DAMAGES: [Damage; 4] = [
    ("a bit of a payload", |run| {
        for payload in run.entries.iter_mut().flat_map(|entry| &mut entry.payloads).flatten() {
            *payload = flipped(payload);
        }
    }),
    ("a bit of a header", |run| {
        for entry in &mut run.entries {
            entry.header = flipped(&entry.header);
        }
    }),
    ("a bit of the signature", |run| run.signature = run.signature.map(|byte| byte ^ 1)),
    ("an entry left out", |run| drop(run.entries.remove(1))),
];

/// The same bytes with one bit turned over.
fn flipped(bytes: &[u8]) -> Arc<[u8]> {
    let mut bytes = bytes.to_vec();
    if let Some(last) = bytes.last_mut() {
        *last ^= 1;
    }
    bytes.into()
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_damage_is_noticed() {
        let told = super::play().unwrap();
        assert_eq!(told.matches("refused").count(), 4, "{told}");
    }
}
