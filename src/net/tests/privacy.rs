//! What a node tells to somebody who merely connects.

use futures::StreamExt as _;
use libp2p::{Multiaddr, identify, swarm::SwarmEvent};

use super::*;

#[tokio::test]
async fn identify_tells_neither_version_nor_addresses() {
    let (_node, address) = Node::listening(config(1), TCP).await;
    let mut stranger = libp2p::SwarmBuilder::with_new_identity()
        .with_tokio()
        .with_tcp(
            libp2p::tcp::Config::default(),
            libp2p::noise::Config::new,
            libp2p::yamux::Config::default,
        )
        .unwrap()
        .with_behaviour(|keys| {
            identify::Behaviour::new(identify::Config::new("/probe".into(), keys.public()))
        })
        .unwrap()
        .build();
    stranger.dial(address.parse::<Multiaddr>().unwrap()).unwrap();
    let info = timeout(PATIENCE, async {
        loop {
            if let SwarmEvent::Behaviour(identify::Event::Received { info, .. }) =
                stranger.select_next_some().await
            {
                return info;
            }
        }
    })
    .await
    .unwrap();
    assert_eq!(info.agent_version, "ceiba");
    assert_eq!(info.protocol_version, "/ceiba/1");
    assert_eq!(info.listen_addrs, []);
    let mut protocols: Vec<_> = info.protocols.iter().map(ToString::to_string).collect();
    protocols.sort();
    let expected = [
        "/ceiba/join/1",
        "/ceiba/sync/1",
        "/ipfs/id/1.0.0",
        "/ipfs/id/push/1.0.0",
        "/ipfs/ping/1.0.0",
        "/libp2p/circuit/relay/0.2.0/stop",
    ];
    assert_eq!(protocols, expected);
}

#[test]
fn debug_tells_no_secret() {
    let text = format!("{:?}", config(0xab));
    assert!(!text.contains("171"), "{text}");
    assert!(!text.to_lowercase().contains("ab, ab"), "{text}");
}

#[tokio::test]
async fn what_cannot_be_listened_on_is_told() {
    let (_node, tcp) = Node::listening(config(1), TCP).await;
    let (_node, quic) = Node::listening(config(1), QUIC).await;
    for (address, hint) in [
        (tcp.as_str(), "choose another port"),
        (quic.as_str(), "choose another port"),
        ("/ip4/127.0.0.1", "/tcp/PORT"),
    ] {
        let config = NetConfig { listen: vec![address.into()], ..config(2) };
        let error = Net::start(config).unwrap_err().to_string();
        assert!(error.contains(hint), "{error}");
    }
}
