//! How the node uses its link.

use crate::{
    api::{Answer, network},
    net::Reach,
    node::Node,
    sync::Input,
};

/// Bits in a byte.
const BITS: u64 = 8;

impl Node {
    /// How the link is used.
    pub(super) fn network(&self) -> network::Network {
        network::Network { metered: self.engine.is_metered(), ..self.network.clone() }
    }

    /// Changes how the link is used; a limit of 0 is none.
    pub(super) fn change_network(
        &mut self,
        bandwidth_limit: Option<u64>,
        metered: Option<bool>,
    ) -> Answer {
        if let Some(bits) = bandwidth_limit {
            self.network.bandwidth_limit = Some(bits).filter(|bits| *bits > 0);
            if let Some(net) = &self.net {
                net.limit_soon(bytes_per_second(self.network.bandwidth_limit));
            }
        }
        if let Some(on) = metered {
            if let Some(net) = &self.net {
                net.metered_soon(on);
            }
            self.stir_blobs();
            self.input(Input::Metered { on });
        }
        Answer::Network(self.network())
    }

    /// Whether partners can call the node is known.
    pub(in crate::node) fn take_reach(&mut self, reach: Reach) {
        self.network.reach = match reach {
            Reach::Unknown => network::Reach::Unknown,
            Reach::Open => network::Reach::Open,
            Reach::Closed => network::Reach::Closed,
        };
    }
}

/// A limit as the network takes it.
pub(in crate::node) fn bytes_per_second(bits: Option<u64>) -> Option<u64> {
    bits.map(|bits| bits / BITS)
}
