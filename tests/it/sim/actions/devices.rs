//! Devices of an organisation come and go.

use ceiba::{
    membership::{Revocation, StandingWork, VerifiedStatement},
    model::id::CircleId,
};
use rand::{RngExt, seq::IteratorRandom};

use crate::sim::world::World;

impl World {
    /// An organisation certifies one more device; its first tells all circles, and hands them over.
    pub(super) fn certify_device(&mut self) {
        let waiting = self.orgs.iter().enumerate();
        let waiting = waiting.flat_map(|(place, org)| org.uncertified().map(move |it| (place, it)));
        let Some((org, new)) = waiting.choose(&mut self.rng) else { return };
        let first = self.orgs[org].nodes[0];
        if !self.nodes[first].up {
            return;
        }
        self.orgs[org].certify(new);
        self.coverage.note("device certified later");
        self.tell(|it| format!("{} certifies {}", it.nodes[first].name, it.nodes[new].name));
        let was_up = std::mem::replace(&mut self.nodes[new].up, true);
        for circle in self.publish_manifest(org) {
            let statements = self.nodes[first].replica.statements(&circle);
            let statements: Vec<Vec<u8>> = statements.map(VerifiedStatement::encode).collect();
            self.hand_over(circle, &statements, &[new]);
        }
        self.nodes[new].up = was_up;
    }

    /// An organisation revokes a device; its first tells all circles.
    pub(super) fn revoke_device(&mut self) {
        let lost = self.orgs.iter().enumerate().flat_map(|(place, org)| {
            let others = org.certified().into_iter().skip(1);
            others.map(move |node| (place, node))
        });
        let Some((org, lost)) = lost.choose(&mut self.rng) else { return };
        let first = self.orgs[org].nodes[0];
        if !self.nodes[first].up {
            return;
        }
        let device = self.nodes[lost].device();
        let mut revocation = Revocation::new(device);
        for circle in self.nodes[first].replica.circle_ids().collect::<Vec<_>>() {
            if self.rng.random_bool(0.1) {
                // Nothing of it counts there.
                continue;
            }
            let cut_offs = self.nodes[first].replica.counting_tails(&circle);
            let cut_offs = cut_offs.into_iter().filter(|(log, _)| log.device == device).collect();
            let decision = self.nodes[first].membership(&circle).unwrap().tip();
            revocation = revocation.keeping(&circle, StandingWork { decision, cut_offs });
        }
        self.orgs[org].revoke(lost, revocation);
        self.tell(|it| format!("{} revokes {}", it.nodes[first].name, it.nodes[lost].name));
        self.publish_manifest(org);
    }

    /// The first node of an organisation puts its newest manifest into all its circles.
    fn publish_manifest(&mut self, org: usize) -> Vec<CircleId> {
        let first = self.orgs[org].nodes[0];
        let circles: Vec<CircleId> = self.nodes[first].replica.circle_ids().collect();
        for circle in &circles {
            // With those before, which a restored home may have lost.
            let manifests = self.orgs[org].manifests.clone();
            self.nodes[first].replica.keep_statements(circle, manifests);
        }
        self.settle(first);
        circles
    }
}
