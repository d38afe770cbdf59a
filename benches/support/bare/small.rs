//! The bare counterparts of small works.

use std::{
    net::{TcpListener, TcpStream},
    sync::{Barrier, Mutex},
    thread,
};

use automerge::{Automerge, Change};

use super::{
    Bare, load,
    parts::{Journal, document, edit, open, receive, seal, send},
};
use crate::{driver::now, fields::Failure};

impl Bare {
    /// Frames of this size, one append with fdatasync each. Seconds a frame.
    pub(crate) fn write_one(&self, frame: usize, count: usize) -> Result<f64, Failure> {
        let mut journal = Journal::create(&self.folder.join("one"))?;
        let frame = vec![1; frame];
        let begun = now();
        for _write in 0..count {
            journal.append(&frame)?;
        }
        Ok(begun.elapsed().as_secs_f64() / float(count))
    }

    /// Group commit: eight writers wait for each append of their eight frames. Seconds a frame.
    pub(crate) fn write_eight(&self, frame: usize, count: usize) -> Result<f64, Failure> {
        const WRITERS: usize = 8;
        let journal = Mutex::new(Journal::create(&self.folder.join("eight"))?);
        let group = vec![1; frame * WRITERS];
        let (written, rounds) = (Barrier::new(WRITERS), count.div_ceil(WRITERS));
        let begun = now();
        thread::scope(|scope| {
            let writers = (0..WRITERS).map(|_| {
                scope.spawn(|| {
                    for _round in 0..rounds {
                        if written.wait().is_leader() {
                            let mut journal = journal.lock().map_err(|_| "a writer failed")?;
                            journal.append(&group)?;
                        }
                        written.wait();
                    }
                    Ok::<_, Failure>(())
                })
            });
            for writer in writers.collect::<Vec<_>>() {
                writer.join().map_err(|_panic| "a writer failed")??;
            }
            Ok::<_, Failure>(())
        })?;
        Ok(begun.elapsed().as_secs_f64() / float(rounds * WRITERS))
    }

    /// One record over an open stream: append, send, append, apply, answer. Seconds.
    pub(crate) fn live_one(&self) -> Result<f64, Failure> {
        let change = self.changes.first().ok_or("there is no record")?;
        let (near, far) = streams()?;
        let mut sent = Journal::create(&self.folder.join("sent"))?;
        let mut received = Journal::create(&self.folder.join("received"))?;
        thread::scope(|scope| {
            let other = scope.spawn(move || {
                let frame = receive(&far)?;
                received.append(&frame)?;
                load(&open(&self.keys, &frame)?)?;
                send(&far, &[])
            });
            let begun = now();
            let sealed = seal(&self.keys, change);
            sent.append(&sealed)?;
            send(&near, &sealed)?;
            receive(&near)?;
            let seconds = begun.elapsed().as_secs_f64();
            other.join().map_err(|_panic| "the other side failed")??;
            Ok(seconds)
        })
    }

    /// A new stream, and one round trip with so many bytes in all. Seconds.
    pub(crate) fn nothing_new(&self, bytes: u64) -> Result<f64, Failure> {
        both_ways(bytes, &|| Ok(()))
    }

    /// A new stream, one round trip with these bytes, and on each side one append with fdatasync
    /// and ten documents. Seconds.
    pub(crate) fn resync(&self, bytes: u64, each: usize) -> Result<f64, Failure> {
        let frame = vec![1; usize::try_from(bytes / 2)?];
        let new = self.changes.get(..each).ok_or("there are too few records")?;
        let number = Mutex::new(0_u32);
        both_ways(bytes, &|| {
            let mut number = number.lock().map_err(|_| "the other side failed")?;
            *number += 1;
            let path = self.folder.join(format!("resync-{number}"));
            drop(number);
            Journal::create(&path)?.append(&frame)?;
            new.iter().try_for_each(|change| load(change).map(drop))
        })
    }

    /// As [`Self::resync`], with changes to documents that are there, saved. Seconds.
    pub(crate) fn edits_both(&self, bytes: u64, count: usize) -> Result<f64, Failure> {
        let frame = vec![1; usize::try_from(bytes / 2)?];
        let mut held = Vec::with_capacity(count);
        for record in self.records.get(..count).ok_or("there are too few records")? {
            let (document, _change) = document(record)?;
            held.push((document.save(), edit(&document, "status", "verified-by-A")?));
        }
        let number = Mutex::new(0_u32);
        both_ways(bytes, &|| {
            let mut number = number.lock().map_err(|_| "the other side failed")?;
            *number += 1;
            let path = self.folder.join(format!("edits-{number}"));
            drop(number);
            Journal::create(&path)?.append(&frame)?;
            for (saved, change) in &held {
                let mut document = Automerge::load(saved)?;
                document.apply_changes([Change::from_bytes(change.clone())?])?;
            }
            Ok(())
        })
    }
}

/// Connects, sends half of the bytes each way, and lets each side do its work. Seconds.
fn both_ways(bytes: u64, work: &(dyn Fn() -> Result<(), Failure> + Sync)) -> Result<f64, Failure> {
    let half = vec![1; usize::try_from(bytes / 2)?];
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let address = listener.local_addr()?;
    let begun = now();
    thread::scope(|scope| {
        let other = scope.spawn(|| {
            let (far, _from) = listener.accept()?;
            far.set_nodelay(true)?;
            receive(&far)?;
            send(&far, &half)?;
            work()
        });
        let near = TcpStream::connect(address)?;
        near.set_nodelay(true)?;
        send(&near, &half)?;
        receive(&near)?;
        work()?;
        other.join().map_err(|_panic| "the other side failed")?
    })?;
    Ok(begun.elapsed().as_secs_f64())
}

/// Two ends of one stream.
fn streams() -> Result<(TcpStream, TcpStream), Failure> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let near = TcpStream::connect(listener.local_addr()?)?;
    let (far, _from) = listener.accept()?;
    for stream in [&near, &far] {
        stream.set_nodelay(true)?;
    }
    Ok((near, far))
}

fn float(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::NAN, f64::from)
}
