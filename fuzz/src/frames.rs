//! Frames of the network, as they come from a stream in pieces.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use ceiba::net::frame::{FrameError, read_frame, write_frame};
use futures::AsyncRead;

/// The longest frame that is taken.
const LIMIT: usize = 300;
const PROGRESS: Duration = Duration::from_secs(60);

/// Gives bytes in pieces of this many.
struct Pieces<'a> {
    bytes: &'a [u8],
    size: usize,
}

impl AsyncRead for Pieces<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let count = self.size.min(buffer.len()).min(self.bytes.len());
        let (piece, rest) = self.bytes.split_at(count);
        buffer[..count].copy_from_slice(piece);
        self.bytes = rest;
        Poll::Ready(Ok(count))
    }
}

/// Frames that read are written as they came; a longer one than allowed ends it.
///
/// First byte: the size of the pieces in which the rest comes.
pub fn frame(data: &[u8]) {
    let Some((size, bytes)) = data.split_first() else { return };
    let mut reader = Pieces { bytes, size: usize::from(*size) + 1 };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    runtime.expect("a runtime without threads").block_on(async {
        let mut written = Vec::new();
        loop {
            match read_frame(&mut reader, || LIMIT, PROGRESS).await {
                Ok(Some(frame)) => {
                    assert!(frame.len() <= LIMIT);
                    write_frame(&mut written, &frame, PROGRESS).await.expect("memory");
                }
                Ok(None) => break assert_eq!(written, bytes),
                Err(FrameError::TooLarge { announced, .. }) => {
                    break assert!(u64::from(announced) > LIMIT as u64);
                }
                Err(FrameError::Io(_)) => break assert!(bytes.starts_with(&written)),
                Err(FrameError::Stalled) => unreachable!("all bytes are there"),
            }
        }
    });
}

/// Frames, one too long, one cut.
pub fn frame_seeds() -> Vec<Vec<u8>> {
    vec![
        vec![3, 0, 0, 0, 2, 7, 7, 0, 0, 0, 0, 0, 0, 0, 1, 9],
        vec![255, 0, 0, 1, 45, 1],
        vec![0, 0, 0, 0, 5, 1, 2],
    ]
}
