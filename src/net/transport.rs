//! The swarm: transports, their limits, and the behaviours on top.

use std::{io, time::Duration};

use libp2p::{
    PeerId, Swarm, Transport,
    core::{
        muxing::StreamMuxerBox,
        transport::{Boxed, timeout::TransportTimeout},
        upgrade::Version,
    },
    dns, identify,
    identity::Keypair,
    noise, ping, quic,
    swarm::{self, NetworkBehaviour},
    tcp, yamux,
};

use super::{
    MAX_STREAMS_PER_CONNECTION, StartError, TimeLimits, gate::Gate, muxer::BoundedMuxer,
    streams::Streams,
};

/// What every ceiba says of itself in identify, whatever its version.
const AGENT: &str = "ceiba";
/// Our family of protocols in identify.
const PROTOCOL_FAMILY: &str = "/ceiba/1";
/// Streams of one connection whose protocol is being agreed upon.
const MAX_NEGOTIATING_STREAMS: usize = 8;
/// Bytes that a peer may send on one QUIC stream before we have read them.
const QUIC_STREAM_WINDOW: u32 = 2 * 1024 * 1024;
/// Bytes that a peer may send on one QUIC connection before we have read them.
const QUIC_CONNECTION_WINDOW: u32 = 4 * 1024 * 1024;
/// Number of streams that is told to yamux. Yamux lets the windows of a connection grow to 1 GiB
/// less 256 KiB for each of these; so a large number leaves 8 MiB to grow into. How many streams
/// there really may be is kept by [`BoundedMuxer`].
const YAMUX_STREAMS: usize = 4096 - 32;
/// How often a live connection is probed.
const PING_INTERVAL: Duration = Duration::from_secs(15);

/// All behaviours; the gate comes first, so that the others never hear of what it denies.
#[derive(NetworkBehaviour)]
pub(super) struct Behaviour {
    pub(super) gate: Gate,
    pub(super) streams: Streams,
    identify: identify::Behaviour,
    ping: ping::Behaviour,
}

/// Makes the swarm, listening nowhere yet.
pub(super) fn build(keys: &Keypair, limits: &TimeLimits) -> Result<Swarm<Behaviour>, StartError> {
    let identify = identify::Config::new(PROTOCOL_FAMILY.into(), keys.public())
        .with_agent_version(AGENT.into())
        .with_hide_listen_addrs(true)
        .with_push_listen_addr_updates(false)
        .with_cache_size(0);
    let ping = ping::Config::new().with_interval(PING_INTERVAL).with_timeout(limits.handshake);
    let behaviour = Behaviour {
        gate: Gate::default(),
        streams: Streams::new(limits.handshake),
        identify: identify::Behaviour::new(identify),
        ping: ping::Behaviour::new(ping),
    };
    let config = swarm::Config::with_tokio_executor()
        .with_idle_connection_timeout(limits.idle)
        .with_max_negotiating_inbound_streams(MAX_NEGOTIATING_STREAMS);
    Ok(Swarm::new(transport(keys, limits)?, behaviour, keys.public().to_peer_id(), config))
}

/// QUIC and TCP, with names looked up by the system's resolver if it has one.
fn transport(
    keys: &Keypair,
    limits: &TimeLimits,
) -> Result<Boxed<(PeerId, StreamMuxerBox)>, StartError> {
    match dns::tokio::Transport::system(direct_transport(keys, limits)?) {
        Ok(with_names) => Ok(with_names.boxed()),
        Err(error) => {
            // A machine without a network still serves its loopback; a resolver of our choice
            // would tell a stranger whom we talk to.
            tracing::warn!(%error, "no resolver on this system: addresses with names do not work");
            direct_transport(keys, limits)
        }
    }
}

fn direct_transport(
    keys: &Keypair,
    limits: &TimeLimits,
) -> Result<Boxed<(PeerId, StreamMuxerBox)>, StartError> {
    let noise =
        noise::Config::new(keys).map_err(|error| StartError::Transport(error.to_string()))?;
    let mut yamux = yamux::Config::default();
    yamux.set_max_num_streams(YAMUX_STREAMS);
    let tcp = tcp::tokio::Transport::new(tcp::Config::new().nodelay(true))
        .upgrade(Version::V1)
        .authenticate(noise)
        .multiplex(yamux)
        .map(|(peer, muxer), _| {
            (peer, StreamMuxerBox::new(BoundedMuxer::new(muxer, MAX_STREAMS_PER_CONNECTION)))
        });
    let mut config = quic::Config::new(keys);
    config.handshake_timeout = limits.handshake;
    config.max_concurrent_stream_limit =
        u32::try_from(MAX_STREAMS_PER_CONNECTION).unwrap_or(u32::MAX);
    config.max_stream_data = QUIC_STREAM_WINDOW;
    config.max_connection_data = QUIC_CONNECTION_WINDOW;
    let quic = quic::tokio::Transport::new(config)
        .map(|(peer, muxer), _| (peer, StreamMuxerBox::new(muxer)));
    let both = quic.or_transport(tcp).map(|either, _| either.into_inner());
    Ok(TransportTimeout::new(both, limits.handshake).map_err(io::Error::other).boxed())
}
