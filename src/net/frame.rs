//! Frames on a stream: four bytes of length (unsigned, big endian), then the bytes.

use std::{io, time::Duration};

use futures::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::timeout;

use super::limiter::Limiter;

/// Bytes of the length before a frame.
const LENGTH_BYTES: usize = 4;
/// Bytes for which memory is taken at once; a peer must send this much to make us take more.
const PIECE_BYTES: usize = 64 * 1024;
/// Bytes that are written at once: what the slowest of links takes within the time for progress.
const WRITTEN_BYTES: usize = 16 * 1024;

/// Why a frame could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// Longer than allowed, by its length.
    #[error("a frame of {announced} bytes, the limit is {limit}")]
    TooLarge {
        /// Bytes that it would have.
        announced: u32,
        /// Bytes that are allowed.
        limit: usize,
    },
    /// The peer stopped in the midst of it.
    #[error("no progress within the time limit")]
    Stalled,
    /// The stream failed or ended in the midst of it.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Reads one frame, of a length that `limit` allows when it begins; nothing when the stream ended
/// before it. Waits for its first byte as long as it takes; from then on, `progress` is the longest
/// pause.
///
/// # Errors
/// When the frame is too long, stalls, or the stream fails or ends in the midst of it.
pub async fn read_frame(
    reader: &mut (impl AsyncRead + Unpin),
    limit: impl Fn() -> usize,
    progress: Duration,
) -> Result<Option<Vec<u8>>, FrameError> {
    read_frame_at(reader, limit, progress, &Limiter::new(None)).await
}

/// As [`read_frame`], no faster than is allowed.
pub(super) async fn read_frame_at(
    reader: &mut (impl AsyncRead + Unpin),
    limit: impl Fn() -> usize,
    progress: Duration,
    limiter: &Limiter,
) -> Result<Option<Vec<u8>>, FrameError> {
    let mut length = [0; LENGTH_BYTES];
    let (first, rest) = length.split_at_mut(1);
    if reader.read(first).await? == 0 {
        return Ok(None);
    }
    in_time(progress, reader.read_exact(rest)).await?;
    let announced = u32::from_be_bytes(length);
    let limit = limit();
    let bytes = usize::try_from(announced).unwrap_or(usize::MAX);
    if bytes > limit {
        return Err(FrameError::TooLarge { announced, limit });
    }
    limiter.took(LENGTH_BYTES);
    read_body(reader, bytes, progress, limiter).await.map(Some)
}

async fn read_body(
    reader: &mut (impl AsyncRead + Unpin),
    bytes: usize,
    progress: Duration,
    limiter: &Limiter,
) -> Result<Vec<u8>, FrameError> {
    let mut body = Vec::with_capacity(bytes.min(PIECE_BYTES));
    while body.len() < bytes {
        let start = body.len();
        body.resize(bytes.min(start.saturating_add(limiter.piece(PIECE_BYTES))), 0);
        let (_done, mut piece) = body.split_at_mut(start);
        while !piece.is_empty() {
            limiter.ready().await;
            let read = in_time(progress, reader.read(piece)).await?;
            limiter.took(read);
            if read == 0 {
                return Err(FrameError::Io(io::ErrorKind::UnexpectedEof.into()));
            }
            (_, piece) = piece.split_at_mut(read);
        }
    }
    Ok(body)
}

/// Writes one frame; `progress` is the longest time for the peer to take a piece of it.
///
/// # Errors
/// When the frame is too long for its length, the peer stalls, or the stream fails.
pub async fn write_frame(
    writer: &mut (impl AsyncWrite + Unpin),
    bytes: &[u8],
    progress: Duration,
) -> Result<(), FrameError> {
    write_frame_at(writer, bytes, progress, &Limiter::new(None)).await
}

/// As [`write_frame`], no faster than is allowed.
pub(super) async fn write_frame_at(
    writer: &mut (impl AsyncWrite + Unpin),
    bytes: &[u8],
    progress: Duration,
    limiter: &Limiter,
) -> Result<(), FrameError> {
    let length = u32::try_from(bytes.len()).map_err(|_beyond_any_limit| FrameError::TooLarge {
        announced: u32::MAX,
        limit: usize::MAX,
    })?;
    limiter.took(LENGTH_BYTES);
    in_time(progress, writer.write_all(&length.to_be_bytes())).await?;
    let mut rest = bytes;
    while !rest.is_empty() {
        limiter.ready().await;
        let (piece, after) = rest.split_at(limiter.piece(WRITTEN_BYTES).min(rest.len()));
        limiter.took(piece.len());
        in_time(progress, writer.write_all(piece)).await?;
        rest = after;
    }
    in_time(progress, writer.flush()).await
}

async fn in_time<T>(
    limit: Duration,
    work: impl Future<Output = io::Result<T>>,
) -> Result<T, FrameError> {
    Ok(timeout(limit, work).await.map_err(|_elapsed| FrameError::Stalled)??)
}

#[cfg(test)]
mod tests {
    use futures::io::Cursor;
    use tokio_util::compat::{TokioAsyncReadCompatExt as _, TokioAsyncWriteCompatExt as _};

    use super::*;

    const LIMIT: usize = 300_000;
    const PROGRESS: Duration = Duration::from_secs(5);

    async fn read(bytes: Vec<u8>) -> Result<Option<Vec<u8>>, FrameError> {
        read_frame(&mut Cursor::new(bytes), || LIMIT, PROGRESS).await
    }

    #[tokio::test]
    async fn frames_read_back_up_to_the_limit() {
        for length in [0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, LIMIT] {
            let frame = vec![7; length];
            let mut written = Vec::new();
            write_frame(&mut written, &frame, PROGRESS).await.unwrap();
            assert_eq!(written.len(), LENGTH_BYTES + length);
            assert_eq!(read(written).await.unwrap(), Some(frame));
        }
        assert_eq!(read(Vec::new()).await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_frame_over_the_limit_is_refused_by_its_length_alone() {
        for announced in [300_001, u32::MAX] {
            let error = read(announced.to_be_bytes().to_vec()).await.unwrap_err();
            assert!(matches!(error, FrameError::TooLarge { announced: a, .. } if a == announced));
        }
    }

    #[tokio::test]
    async fn a_frame_that_ends_early_is_an_error_wherever_it_is_cut() {
        let mut written = Vec::new();
        write_frame(&mut written, &[7; 20], PROGRESS).await.unwrap();
        for cut in 1..written.len() {
            let error = read(written[..cut].to_vec()).await.unwrap_err();
            assert!(matches!(error, FrameError::Io(_)), "{cut}: {error}");
        }
    }

    #[tokio::test]
    async fn a_frame_that_stops_midway_or_is_not_taken_stalls() {
        const PROGRESS: Duration = Duration::from_millis(20);
        let (near, far) = tokio::io::duplex(8);
        let mut near = near.compat_write();
        let mut far = far.compat();
        near.write_all(&[0, 0, 0, 9, 1]).await.unwrap();
        let error = read_frame(&mut far, || LIMIT, PROGRESS).await.unwrap_err();
        assert!(matches!(error, FrameError::Stalled));
        let error = write_frame(&mut near, &[0; 100], PROGRESS).await.unwrap_err();
        assert!(matches!(error, FrameError::Stalled));
    }
}
