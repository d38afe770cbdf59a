//! What nodes of others, made of libp2p by itself, get out of a node of ours.

use futures::StreamExt as _;
use libp2p::{
    Multiaddr, PeerId, Swarm, autonat, identify,
    identity::Keypair,
    swarm::{NetworkBehaviour, SwarmEvent},
};

use super::*;
use crate::net::{address::key_of_peer, quiet::QuietIdentify, roster::Roster};

/// A node of another kind that listens on the loopback, and where.
async fn other<B: NetworkBehaviour>(make: impl FnOnce(&Keypair) -> B) -> (Swarm<B>, Multiaddr) {
    let mut swarm = libp2p::SwarmBuilder::with_new_identity()
        .with_tokio()
        .with_tcp(
            libp2p::tcp::Config::default(),
            libp2p::noise::Config::new,
            libp2p::yamux::Config::default,
        )
        .unwrap()
        .with_behaviour(|keys| make(keys))
        .unwrap()
        .with_swarm_config(|it| it.with_idle_connection_timeout(PATIENCE))
        .build();
    swarm.listen_on(TCP.parse().unwrap()).unwrap();
    let address = timeout(PATIENCE, async {
        loop {
            if let SwarmEvent::NewListenAddr { address, .. } = swarm.select_next_some().await {
                return address;
            }
        }
    });
    let address = address.await.unwrap();
    (swarm, address)
}

/// Whether a node dials back whoever asks it to, as AutoNAT has it.
async fn dials_back(member: bool) -> bool {
    let config = NetConfig { use_relays: true, strangers: strangers(4), ..config(1) };
    let (node, address) = Node::listening(config, TCP).await;
    let (mut asker, _) = other(|keys| {
        let config = autonat::Config {
            boot_delay: Duration::from_millis(10),
            only_global_ips: false,
            use_connected: false,
            ..autonat::Config::default()
        };
        autonat::Behaviour::new(keys.public().to_peer_id(), config)
    })
    .await;
    let own = peer_of(&node);
    if member {
        node.trust(&[key_of_peer(asker.local_peer_id()).unwrap()]).await;
    }
    let address: Multiaddr = address.parse().unwrap();
    asker.behaviour_mut().add_server(own, Some(address.clone()));
    asker.dial(address).unwrap();
    timeout(PATIENCE, async {
        loop {
            match asker.select_next_some().await {
                SwarmEvent::IncomingConnection { .. } => return true,
                SwarmEvent::Behaviour(autonat::Event::OutboundProbe(
                    autonat::OutboundProbeEvent::Error { peer: Some(_), .. },
                )) => return false,
                _ => {}
            }
        }
    })
    .await
    .unwrap()
}

fn peer_of(node: &Node) -> PeerId {
    crate::net::address::peer_of_key(&node.key()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_members_are_dialled_back() {
    assert!(dials_back(true).await);
    assert!(!dials_back(false).await);
}

#[tokio::test]
async fn where_others_see_us_is_believed_of_members_only() {
    let roster = Roster::default();
    let quiet = |keys: &Keypair| {
        let config = identify::Config::new("/probe".into(), keys.public());
        QuietIdentify::new(identify::Behaviour::new(config), roster.clone())
    };
    let plain = |keys: &Keypair| {
        identify::Behaviour::new(identify::Config::new("/probe".into(), keys.public()))
    };
    let (mut own, _) = other(quiet).await;
    let (mut them, address) = other(plain).await;
    own.dial(address).unwrap();
    // 1. A stranger says where it sees us: nobody hears of it.
    let (mut heard, mut seen) = (false, 0);
    let mut turn = async |own: &mut Swarm<QuietIdentify>, heard: &mut bool, seen: &mut usize| {
        tokio::select! {
            event = own.select_next_some() => match event {
                SwarmEvent::Behaviour(identify::Event::Received { .. }) => *heard = true,
                SwarmEvent::NewExternalAddrCandidate { .. } => *seen += 1,
                _ => {}
            },
            _ = them.select_next_some() => {}
            () = tokio::time::sleep(Duration::from_millis(200)) => return false,
        }
        true
    };
    timeout(PATIENCE, async {
        while !heard || turn(&mut own, &mut heard, &mut seen).await {
            if !heard {
                turn(&mut own, &mut heard, &mut seen).await;
            }
        }
    })
    .await
    .unwrap();
    assert_eq!(seen, 0);
    // 2. It turns out to be a member.
    let stranger: BTreeSet<PeerId> = own.connected_peers().copied().collect();
    roster.set(&stranger);
    timeout(PATIENCE, async {
        while seen == 0 {
            turn(&mut own, &mut heard, &mut seen).await;
        }
    })
    .await
    .unwrap();
}
