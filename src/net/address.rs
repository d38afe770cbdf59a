//! Addresses and names of peers: texts and byte arrays outside, libp2p's types inside.

use std::net::SocketAddr;

use libp2p::{
    Multiaddr, PeerId,
    identity::{PublicKey, ed25519},
    multiaddr::Protocol,
};

use super::{AddressError, MAX_ADDRESS_CHARS, TransportKey};
use crate::crypto::signed::usable_key;

/// What precedes the key in the bytes of a `PeerId` made from an Ed25519 key: an identity multihash
/// (code 0, length 36) of the protobuf `PublicKey { type: Ed25519, data: 32 bytes }`
/// (<https://github.com/libp2p/specs/blob/master/peer-ids/peer-ids.md>).
const PEER_ID_PREFIX: [u8; 6] = [0x00, 0x24, 0x08, 0x01, 0x12, 0x20];

/// The peer that has this transport key; nothing when the bytes are no usable Ed25519 public key.
///
/// A key of small order must not pass: libp2p's verification is not strict, so that anybody could
/// make the signatures of a handshake for it.
pub(super) fn peer_of_key(key: &TransportKey) -> Option<PeerId> {
    usable_key(key)?;
    let key = ed25519::PublicKey::try_from_bytes(key).ok()?;
    Some(PublicKey::from(key).to_peer_id())
}

/// The transport key in a peer's name; nothing when the name is not made from a usable Ed25519 key.
pub(super) fn key_of_peer(peer: &PeerId) -> Option<TransportKey> {
    let key = peer.to_bytes().strip_prefix(&PEER_ID_PREFIX)?.try_into().ok()?;
    usable_key(&key).map(|_usable| key)
}

/// An address with the peer's name at its end, as tickets and `status` show it.
///
/// # Errors
/// When the address or the key is not usable, or the address names another peer.
pub fn address_with_key(address: &str, key: &TransportKey) -> Result<String, AddressError> {
    let peer = peer_of_key(key).ok_or(AddressError::Key)?;
    Ok(parse_for(address, &peer)?.with(Protocol::P2p(peer)).to_string())
}

/// The libp2p peer id of a transport key; none if it is no usable key.
#[must_use]
pub fn peer_id(key: &TransportKey) -> Option<String> {
    peer_of_key(key).map(|peer| peer.to_string())
}

/// Parts an address with `/p2p/…` at its end into the address alone and the peer's transport key.
///
/// # Errors
/// When the address is not usable, or does not say whose it is.
pub fn split_address(address: &str) -> Result<(String, TransportKey), AddressError> {
    let (alone, peer) = parse_with_peer(address)?;
    let key = key_of_peer(&peer).ok_or_else(|| AddressError::Peer { text: cut(address) })?;
    Ok((alone.to_string(), key))
}

/// An address of any peer, parted from the peer's name.
pub(super) fn parse_with_peer(text: &str) -> Result<(Multiaddr, PeerId), AddressError> {
    let (address, peer) = parse(text)?;
    let peer = peer.ok_or_else(|| AddressError::NoPeer { text: cut(text) })?;
    Ok((address, peer))
}

/// An address of the given peer, without its name.
pub(super) fn parse_for(text: &str, peer: &PeerId) -> Result<Multiaddr, AddressError> {
    match parse(text)? {
        (_, Some(other)) if other != *peer => Err(AddressError::OtherPeer { text: cut(text) }),
        (address, _) => Ok(address),
    }
}

/// An address to listen on.
pub(super) fn parse_listen(text: &str) -> Result<Multiaddr, AddressError> {
    match parse(text)? {
        (_, Some(_)) => Err(AddressError::ListenPeer { text: cut(text) }),
        (address, None) if is_circuit(&address) => {
            Err(AddressError::Unsupported { text: cut(text) })
        }
        (address, None) => Ok(address),
    }
}

/// Whether an address goes through a relay.
pub(super) fn is_circuit(address: &Multiaddr) -> bool {
    address.iter().any(|part| part == Protocol::P2pCircuit)
}

/// The relay that an address goes through.
pub(super) fn relay_of(address: &Multiaddr) -> Option<PeerId> {
    let before = address.iter().take_while(|part| *part != Protocol::P2pCircuit);
    match before.last().filter(|_| is_circuit(address)) {
        Some(Protocol::P2p(relay)) => Some(relay),
        _ => None,
    }
}

/// Whether an address is an IP address of a local network: what is heard there is not believed to
/// be anywhere else.
pub(super) fn is_local(address: &Multiaddr) -> bool {
    match address.iter().next() {
        Some(Protocol::Ip4(ip)) => ip.is_private() || ip.is_link_local(),
        Some(Protocol::Ip6(ip)) => ip.is_unique_local() || ip.is_unicast_link_local(),
        _ => false,
    }
}

/// Whether an address begins with an IP address: nobody is asked for it.
pub(super) fn is_ip(address: &Multiaddr) -> bool {
    matches!(address.iter().next(), Some(Protocol::Ip4(_) | Protocol::Ip6(_)))
}

/// Accepts exactly the shapes that our transports serve, so that a mistake is told at once and not
/// by a dial that fails for ever.
fn parse(text: &str) -> Result<(Multiaddr, Option<PeerId>), AddressError> {
    let chars = text.chars().count();
    if chars > MAX_ADDRESS_CHARS {
        return Err(AddressError::TooLong { chars, limit: MAX_ADDRESS_CHARS });
    }
    let mut names = text.split("/p2p/").skip(1).map(|rest| rest.split('/').next());
    if !names.all(|name| name.is_some_and(|name| name.parse::<PeerId>().is_ok())) {
        return Err(AddressError::Peer { text: cut(text) });
    }
    let mut address: Multiaddr =
        text.parse().map_err(|_malformed| AddressError::Syntax { text: cut(text) })?;
    let peer = match address.iter().last() {
        Some(Protocol::P2p(peer)) => {
            address.pop();
            Some(peer)
        }
        _ => None,
    };
    if peer.as_ref().is_some_and(|peer| key_of_peer(peer).is_none()) {
        return Err(AddressError::Peer { text: cut(text) });
    }
    let parts: Vec<Protocol<'_>> = address.iter().collect();
    // Through a relay: where it is, who it is.
    let direct = match parts.as_slice() {
        [direct @ .., Protocol::P2p(relay), Protocol::P2pCircuit] => {
            if key_of_peer(relay).is_none() || Some(relay) == peer.as_ref() {
                return Err(AddressError::Peer { text: cut(text) });
            }
            direct
        }
        direct => direct,
    };
    match direct {
        [host, Protocol::Tcp(_)] | [host, Protocol::Udp(_), Protocol::QuicV1] if is_host(host) => {
            Ok((address, peer))
        }
        _ => Err(AddressError::Unsupported { text: cut(text) }),
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "all other protocols of multiaddr name no host")]
fn is_host(part: &Protocol<'_>) -> bool {
    match part {
        Protocol::Ip4(_) | Protocol::Ip6(_) => true,
        Protocol::Dns(name) | Protocol::Dns4(name) | Protocol::Dns6(name) => !name.is_empty(),
        _ => false,
    }
}

/// The socket of a TCP address without a name.
pub(super) fn tcp_socket(address: &Multiaddr) -> Option<SocketAddr> {
    let parts: Vec<Protocol<'_>> = address.iter().collect();
    match parts.as_slice() {
        [Protocol::Ip4(host), Protocol::Tcp(port)] => Some((*host, *port).into()),
        [Protocol::Ip6(host), Protocol::Tcp(port)] => Some((*host, *port).into()),
        _ => None,
    }
}

fn cut(text: &str) -> String {
    text.chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::SigningKey;
    use proptest::prelude::*;

    use super::*;

    fn key(seed: u8) -> TransportKey {
        SigningKey::from_bytes(&[seed; 32]).verifying_key().to_bytes()
    }

    #[test]
    fn usable_addresses_are_taken_and_others_say_what_to_do() {
        for good in [
            "/ip4/192.0.2.1/tcp/4101",
            "/ip6/2001:db8::1/udp/4101/quic-v1",
            "/dns4/node.example.org/tcp/4101",
            "/dns/node.example.org/udp/4101/quic-v1",
        ] {
            assert_eq!(parse(good).unwrap().0.to_string(), good);
        }
        assert!(matches!(parse("192.0.2.1:4101"), Err(AddressError::Syntax { .. })));
        assert!(matches!(parse(""), Err(AddressError::Unsupported { .. })));
        for other in ["/ip4/192.0.2.1", "/ip4/192.0.2.1/udp/1", "/dnsaddr/a.org/tcp/1", "/memory/1"]
        {
            let error = parse(other).unwrap_err();
            assert!(matches!(error, AddressError::Unsupported { .. }), "{other}: {error}");
            assert!(error.to_string().contains("/quic-v1"));
        }
        let long = format!("/dns4/{}/tcp/1", "a".repeat(MAX_ADDRESS_CHARS));
        assert!(matches!(parse(&long), Err(AddressError::TooLong { .. })));
    }

    #[test]
    fn an_address_through_a_relay_says_who_the_relay_is() {
        let (relay, own) = (peer_of_key(&key(1)).unwrap(), peer_of_key(&key(2)).unwrap());
        for direct in ["/ip4/192.0.2.1/tcp/4101", "/dns4/a.org/udp/4101/quic-v1"] {
            let circuit = format!("{direct}/p2p/{relay}/p2p-circuit");
            let whole = address_with_key(&circuit, &key(2)).unwrap();
            assert_eq!(whole, format!("{circuit}/p2p/{own}"));
            assert_eq!(split_address(&whole), Ok((circuit.clone(), key(2))));
            assert!(is_circuit(&parse_for(&whole, &own).unwrap()));
            assert!(matches!(parse_listen(&circuit), Err(AddressError::Unsupported { .. })));
            // Nobody relays for itself, and no relay is behind another.
            assert!(split_address(&format!("{circuit}/p2p/{relay}")).is_err());
            let twice = format!("{direct}/p2p/{own}/p2p-circuit/p2p/{relay}/p2p-circuit/p2p/{own}");
            assert!(split_address(&twice).is_err());
            assert!(split_address(&format!("{direct}/p2p-circuit/p2p/{own}")).is_err());
        }
    }

    #[test]
    fn what_is_local_is_an_ip_address_of_a_local_network() {
        let relay = peer_of_key(&key(1)).unwrap();
        for (text, local, ip) in [
            ("/ip4/192.168.1.7/tcp/1", true, true),
            ("/ip4/10.1.2.3/udp/1/quic-v1", true, true),
            ("/ip4/169.254.3.4/tcp/1", true, true),
            ("/ip6/fe80::1/tcp/1", true, true),
            ("/ip4/203.0.113.9/tcp/1", false, true),
            ("/ip4/127.0.0.1/tcp/1", false, true),
            ("/ip6/2001:db8::1/tcp/1", false, true),
            ("/dns4/evil.example.org/tcp/1", false, false),
        ] {
            let address: Multiaddr = text.parse().unwrap();
            assert_eq!((is_local(&address), is_ip(&address)), (local, ip), "{text}");
            assert_eq!(relay_of(&address), None);
            let circuit = format!("{text}/p2p/{relay}/p2p-circuit/p2p/{relay}").parse().unwrap();
            assert_eq!(relay_of(&circuit), Some(relay));
        }
    }

    #[test]
    fn the_name_at_the_end_must_be_the_peers() {
        let ours = address_with_key("/ip4/192.0.2.1/tcp/4101", &key(1)).unwrap();
        assert!(ours.starts_with("/ip4/192.0.2.1/tcp/4101/p2p/12D3KooW"));
        assert_eq!(split_address(&ours), Ok(("/ip4/192.0.2.1/tcp/4101".into(), key(1))));
        let peer = peer_of_key(&key(2)).unwrap();
        assert!(matches!(parse_for(&ours, &peer), Err(AddressError::OtherPeer { .. })));
        assert!(matches!(parse_listen(&ours), Err(AddressError::ListenPeer { .. })));
        assert!(matches!(
            split_address("/ip4/192.0.2.1/tcp/4101"),
            Err(AddressError::NoPeer { .. })
        ));
        assert!(matches!(parse("/ip4/192.0.2.1/tcp/1/p2p/nobody"), Err(AddressError::Peer { .. })));
        // A name that is the hash of an RSA key.
        let rsa = "/ip4/192.0.2.1/tcp/1/p2p/QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N";
        assert!(matches!(parse(rsa), Err(AddressError::Peer { .. })));
    }

    #[test]
    fn keys_and_peers_convert_both_ways() {
        for seed in 0..20 {
            let peer = peer_of_key(&key(seed)).unwrap();
            assert_eq!(key_of_peer(&peer), Some(key(seed)));
        }
        // The neutral point and one of order 8 (of small order), and no point at all.
        let neutral = std::array::from_fn(|at| u8::from(at == 0));
        let order_8 = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05";
        let order_8 = data_encoding::HEXLOWER.decode(order_8.as_bytes()).unwrap();
        let no_point = std::array::from_fn(|at| if at == 0 { 2 } else { 0 });
        for bytes in [neutral, order_8.try_into().unwrap(), no_point] {
            assert_eq!(peer_of_key(&bytes), None);
            let name = PeerId::from_bytes(&[PEER_ID_PREFIX.as_slice(), &bytes].concat()).unwrap();
            assert_eq!(key_of_peer(&name), None);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_judged_without_a_panic(text in "[/a-z0-9:.\u{e9}]{0,60}") {
            if let Ok((address, _)) = parse(&text) {
                prop_assert!(parse(&address.to_string()).is_ok());
            }
        }
    }
}
