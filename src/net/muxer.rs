//! A bound on the streams that a peer can hold open on one connection.

use std::{
    collections::VecDeque,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use futures::{AsyncRead, AsyncWrite};
use libp2p::core::muxing::{StreamMuxer, StreamMuxerEvent};

/// A muxer that drops the streams a peer opens beyond a bound.
///
/// libp2p's yamux buffers 256 streams that nobody has looked at, each with a window of 256 KiB that
/// the peer may fill. This takes them out at once and keeps only as many as are allowed.
#[derive(Debug)]
pub(super) struct BoundedMuxer<M: StreamMuxer> {
    inner: M,
    limit: usize,
    /// Held by each stream of the peer that lives; its count is their number.
    alive: Arc<()>,
    unseen: VecDeque<BoundedStream<M::Substream>>,
}

/// A stream that is counted.
#[derive(Debug)]
pub(super) struct BoundedStream<S> {
    inner: S,
    _alive: Option<Arc<()>>,
}

impl<M: StreamMuxer + Unpin> BoundedMuxer<M> {
    pub(super) fn new(inner: M, limit: usize) -> Self {
        Self { inner, limit, alive: Arc::new(()), unseen: VecDeque::new() }
    }

    /// Takes in what the peer has opened; ready only with an error.
    fn accept(&mut self, cx: &mut Context<'_>) -> Poll<M::Error> {
        for _ in 0..self.limit {
            match ready!(Pin::new(&mut self.inner).poll_inbound(cx)) {
                Ok(inner) if Arc::strong_count(&self.alive) <= self.limit => {
                    let alive = Some(Arc::clone(&self.alive));
                    self.unseen.push_back(BoundedStream { inner, _alive: alive });
                }
                Ok(excess) => {
                    tracing::debug!("a peer opens more streams than it may, dropped one");
                    drop(excess);
                }
                Err(error) => return Poll::Ready(error),
            }
        }
        // A peer that opens streams without end does not keep others from their turn.
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl<M: StreamMuxer + Unpin> StreamMuxer for BoundedMuxer<M>
where
    M::Substream: Unpin,
{
    type Substream = BoundedStream<M::Substream>;
    type Error = M::Error;

    fn poll_inbound(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Self::Substream, Self::Error>> {
        let failed = self.accept(cx);
        match (self.unseen.pop_front(), failed) {
            (Some(stream), _) => Poll::Ready(Ok(stream)),
            (None, Poll::Ready(error)) => Poll::Ready(Err(error)),
            (None, Poll::Pending) => Poll::Pending,
        }
    }

    fn poll_outbound(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Self::Substream, Self::Error>> {
        Pin::new(&mut self.inner)
            .poll_outbound(cx)
            .map_ok(|inner| BoundedStream { inner, _alive: None })
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Pin::new(&mut self.inner).poll_close(cx)
    }

    fn poll(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<StreamMuxerEvent, Self::Error>> {
        // To ask yamux for streams drives it just as `poll` does, which would buffer them instead.
        self.accept(cx).map(Err)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for BoundedStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for BoundedStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_close(cx)
    }
}
