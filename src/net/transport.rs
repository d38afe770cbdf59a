//! The swarm: transports, their limits, and the behaviours on top.

use std::{io, time::Duration};

use libp2p::{
    PeerId, Swarm, Transport, autonat,
    core::{
        muxing::StreamMuxerBox,
        transport::{Boxed, timeout::TransportTimeout},
        upgrade::Version,
    },
    dcutr, dns, identify,
    identity::Keypair,
    mdns, noise, ping, quic, relay,
    swarm::{self, NetworkBehaviour, behaviour::toggle::Toggle},
    tcp, yamux,
};

use super::{
    MAX_STREAMS_PER_CONNECTION, NetConfig, StartError, TimeLimits,
    gate::Gate,
    muxer::BoundedMuxer,
    quiet::QuietIdentify,
    roster::{Callers, Roster},
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
    identify: QuietIdentify,
    ping: ping::Behaviour,
    pub(super) nearby: Toggle<mdns::tokio::Behaviour>,
    relay: Toggle<relay::Behaviour>,
    relayed: relay::client::Behaviour,
    punch: Toggle<dcutr::Behaviour>,
    pub(super) reach: Toggle<autonat::Behaviour>,
}

/// How often what is nearby is asked for.
const NEARBY_EVERY: Duration = Duration::from_secs(30);
/// Places for members that wait for calls at our relay, and for one of them.
const MAX_RESERVATIONS: usize = 64;
/// Calls through our relay at once, and of one member.
const MAX_CIRCUITS: usize = 32;
const MAX_CIRCUITS_PER_PEER: usize = 8;
/// How long one call lasts: a session, which is then made anew.
const CIRCUIT_TIME: Duration = Duration::from_secs(3600);
/// Bytes of one call, both directions together: a session that carries more is made anew.
const CIRCUIT_BYTES: u64 = 32 * 1024 * 1024;

/// A relay for members only; they are asked for at each request.
fn relay(own: PeerId, roster: &Roster) -> relay::Behaviour {
    let config = relay::Config {
        max_reservations: MAX_RESERVATIONS,
        // libp2p refuses beyond this number, so there can be one more: of a connection that is
        // dying unnoticed, when its peer has come again.
        max_reservations_per_peer: 1,
        reservation_rate_limiters: vec![Box::new(roster.clone())],
        max_circuits: MAX_CIRCUITS,
        max_circuits_per_peer: MAX_CIRCUITS_PER_PEER - 1,
        max_circuit_duration: CIRCUIT_TIME,
        max_circuit_bytes: CIRCUIT_BYTES,
        circuit_src_rate_limiters: vec![Box::new(Callers::new(roster.clone()))],
        ..relay::Config::default()
    };
    let mut relay = relay::Behaviour::new(own, config);
    // Else it waits until somebody confirms that it can be reached.
    relay.set_status(Some(relay::Status::Enable));
    relay
}

/// Asks members, and nobody else, whether we can be reached. Others are dialled back at the address
/// from which they ask, a few in a minute.
fn reach(own: PeerId) -> autonat::Behaviour {
    let config = autonat::Config {
        // Longer than a dial that nobody answers: most NATs drop what they do not know.
        timeout: Duration::from_secs(60),
        boot_delay: Duration::from_secs(3),
        retry_interval: Duration::from_secs(20),
        // Others come in between.
        throttle_server_period: Duration::from_secs(55),
        use_connected: false,
        // Several are asked before nobody is for a quarter of an hour: one may lie, or be near.
        confidence_max: 2,
        max_peer_addresses: 8,
        throttle_clients_global_max: 16,
        throttle_clients_peer_max: 4,
        throttle_clients_period: Duration::from_secs(60),
        only_global_ips: false,
        ..autonat::Config::default()
    };
    autonat::Behaviour::new(own, config)
}

fn nearby(own: PeerId) -> Result<mdns::tokio::Behaviour, StartError> {
    let config = mdns::Config { query_interval: NEARBY_EVERY, ..mdns::Config::default() };
    mdns::tokio::Behaviour::new(config, own)
        .map_err(|error| StartError::Transport(error.to_string()))
}

/// Makes the swarm, listening nowhere yet.
pub(super) fn build(keys: &Keypair, net: &NetConfig) -> Result<Swarm<Behaviour>, StartError> {
    let (limits, own) = (&net.time_limits, keys.public().to_peer_id());
    let roster = Roster::default();
    roster.close(net.metered);
    let (circuits, relayed) = relay::client::new(own);
    let identify = identify::Config::new(PROTOCOL_FAMILY.into(), keys.public())
        .with_agent_version(AGENT.into())
        .with_hide_listen_addrs(true)
        .with_push_listen_addr_updates(false)
        .with_cache_size(0);
    let ping = ping::Config::new().with_interval(PING_INTERVAL).with_timeout(limits.handshake);
    let behaviour = Behaviour {
        relay: net.serve_relay.then(|| relay(own, &roster)).into(),
        gate: Gate::new(roster.clone()),
        streams: Streams::new(limits.handshake),
        identify: QuietIdentify::new(identify::Behaviour::new(identify), roster),
        ping: ping::Behaviour::new(ping),
        nearby: net.nearby.then(|| nearby(own)).transpose()?.into(),
        relayed,
        punch: (net.use_relays && !net.hide_address).then(|| dcutr::Behaviour::new(own)).into(),
        reach: net.use_relays.then(|| reach(own)).into(),
    };
    let config = swarm::Config::with_tokio_executor()
        .with_idle_connection_timeout(limits.idle)
        .with_max_negotiating_inbound_streams(MAX_NEGOTIATING_STREAMS);
    Ok(Swarm::new(transport(keys, limits, circuits)?, behaviour, own, config))
}

/// QUIC and TCP, with names looked up by the system's resolver if it has one.
fn transport(
    keys: &Keypair,
    limits: &TimeLimits,
    circuits: relay::client::Transport,
) -> Result<Boxed<(PeerId, StreamMuxerBox)>, StartError> {
    let circuits =
        circuits.upgrade(Version::V1).authenticate(noise_of(keys)?).multiplex(yamux_config()).map(
            |(peer, muxer), _| {
                (peer, StreamMuxerBox::new(BoundedMuxer::new(muxer, MAX_STREAMS_PER_CONNECTION)))
            },
        );
    let circuits = TransportTimeout::new(circuits, limits.handshake).map_err(io::Error::other);
    let others = with_names(keys, limits)?;
    Ok(circuits.or_transport(others).map(|either, _| either.into_inner()).boxed())
}

fn noise_of(keys: &Keypair) -> Result<noise::Config, StartError> {
    noise::Config::new(keys).map_err(|error| StartError::Transport(error.to_string()))
}

fn yamux_config() -> yamux::Config {
    let mut yamux = yamux::Config::default();
    yamux.set_max_num_streams(YAMUX_STREAMS);
    yamux
}

fn with_names(
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
    let tcp = tcp::tokio::Transport::new(tcp::Config::new().nodelay(true))
        .upgrade(Version::V1)
        .authenticate(noise_of(keys)?)
        .multiplex(yamux_config())
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
