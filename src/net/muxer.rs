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

#[cfg(test)]
mod tests {
    use futures::{io::Cursor, task::noop_waker_ref};

    use super::*;

    /// A peer that opens streams without end.
    #[derive(Debug)]
    struct Endless;

    impl StreamMuxer for Endless {
        type Substream = Cursor<Vec<u8>>;
        type Error = io::Error;

        fn poll_inbound(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<io::Result<Self::Substream>> {
            Poll::Ready(Ok(Cursor::new(Vec::new())))
        }

        fn poll_outbound(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<io::Result<Self::Substream>> {
            Poll::Ready(Ok(Cursor::new(Vec::new())))
        }

        fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<StreamMuxerEvent>> {
            panic!("would buffer streams");
        }
    }

    #[test]
    fn a_peer_holds_as_many_streams_as_it_may_and_can_open_new_ones_later() {
        let mut cx = Context::from_waker(noop_waker_ref());
        let mut muxer = BoundedMuxer::new(Endless, 3);
        let mut held = Vec::new();
        for _ in 0..50 {
            assert!(Pin::new(&mut muxer).poll(&mut cx).is_pending());
            if let Poll::Ready(stream) = Pin::new(&mut muxer).poll_inbound(&mut cx) {
                held.push(stream.unwrap());
            }
        }
        assert_eq!(held.len(), 3);
        assert!(muxer.unseen.is_empty());
        assert!(Pin::new(&mut muxer).poll_outbound(&mut cx).is_ready(), "our own are not counted");
        held.clear();
        for _ in 0..3 {
            assert!(Pin::new(&mut muxer).poll_inbound(&mut cx).is_ready());
        }
    }
}
