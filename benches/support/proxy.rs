//! A proxy on loopback that counts the bytes of the TCP streams that go through it, both ways.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

const PIECE: usize = 64 * 1024;

/// Takes connections for as long as the program runs.
pub(crate) struct Proxy {
    address: SocketAddr,
    bytes: Arc<AtomicU64>,
}

impl Proxy {
    /// Listens on a port that the system chooses, and connects on to `target`.
    pub(crate) fn start(target: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        let bytes = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&bytes);
        thread::spawn(move || {
            for caller in listener.incoming().flatten() {
                // Who cannot be connected on sees the connection end.
                drop(connect(caller, target, &counted));
            }
        });
        Ok(Self { address, bytes })
    }

    pub(crate) const fn port(&self) -> u16 {
        self.address.port()
    }

    /// Bytes that have gone through, in both directions.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }
}

fn connect(caller: TcpStream, to: SocketAddr, bytes: &Arc<AtomicU64>) -> io::Result<()> {
    let called = TcpStream::connect(to)?;
    for stream in [&caller, &called] {
        stream.set_nodelay(true)?;
    }
    let (caller_too, called_too) = (caller.try_clone()?, called.try_clone()?);
    for (from, to) in [(caller, called_too), (called, caller_too)] {
        let bytes = Arc::clone(bytes);
        thread::spawn(move || {
            // A stream that breaks ends like one that is closed.
            drop(pass(&from, &to, &bytes));
            drop(to.shutdown(Shutdown::Write));
        });
    }
    Ok(())
}

fn pass(mut from: &TcpStream, mut to: &TcpStream, bytes: &AtomicU64) -> io::Result<()> {
    let mut piece = vec![0; PIECE];
    loop {
        let read = from.read(&mut piece)?;
        let Some(read) = piece.get(..read).filter(|it| !it.is_empty()) else { return Ok(()) };
        bytes.fetch_add(read.len() as u64, Ordering::Relaxed);
        to.write_all(read)?;
    }
}
