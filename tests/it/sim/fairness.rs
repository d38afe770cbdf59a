//! What must hold in the end that the nodes do not agree on by construction: nothing past a
//! cut-off counts, and whoever is in has everything.

use std::collections::{BTreeMap, BTreeSet};

use ceiba::{
    membership::{
        Change, CutOffs, Membership, StatementSet, SuspensionTarget, VerifiedStatement, resolve,
    },
    model::id::{CircleId, DeviceId, LogId, StatementId},
    sync::Replica as _,
};

use super::{node::Node, world::World};

impl World {
    /// Worked out anew from the statements: what removals, revocations and suspensions name.
    pub(super) fn check_cut_offs(&self) {
        for node in self.nodes.iter().filter(|node| !node.hostile) {
            for circle in node.replica.circle_ids() {
                let Some(membership) = node.membership(&circle) else { continue };
                let bounds = Bounds::of(node, &circle, membership);
                for (log, counts) in node.replica.counting_tails(&circle) {
                    let bound = bounds.of_log(&log);
                    assert!(
                        counts.count <= bound,
                        "{} counts {} entries of {log} in circle {}, which is cut off after {bound}",
                        node.name,
                        counts.count,
                        circle.short()
                    );
                }
                self.check_shown(node, &circle, &bounds);
            }
        }
    }

    /// What came late is not shown, unless somebody may have built on it.
    fn check_shown(&self, node: &Node, circle: &CircleId, bounds: &Bounds) {
        for (place, written) in self.written.iter().enumerate() {
            let built_on = || {
                let later = self.written.iter().skip(place + 1);
                later.clone().any(|it| (it.circle, it.document) == (*circle, written.document))
            };
            if written.circle != *circle || written.seq < bounds.of_log(&written.log) || built_on()
            {
                continue;
            }
            let document = node.replica.document(&(*circle, written.document)).unwrap();
            let record = document.map(|document| document.record());
            assert!(
                record.is_none_or(|record| record.text(&written.path) != Some(&written.text)),
                "{} shows what {} wrote in circle {} after it was out",
                node.name,
                self.nodes[written.by].name,
                circle.short()
            );
        }
    }

    /// Whoever is in by all that honest members know knows all that, and has everything.
    pub(super) fn check_liveness(&self) {
        for circle in &self.circles {
            let mut inside: BTreeSet<usize> = (0..self.nodes.len())
                .filter(|number| !self.nodes[*number].hostile)
                .filter(|number| self.nodes[*number].membership(circle).is_some())
                .collect();
            let known = loop {
                let known = self.known_to(circle, &inside);
                let membership = known.0.clone();
                let before = inside.len();
                inside.retain(|number| self.is_in(&membership, *number));
                if inside.len() == before {
                    break known;
                }
            };
            for number in &inside {
                self.check_has_all(circle, &self.nodes[*number], &known.1);
            }
        }
    }

    /// The membership by all statements that some nodes hold, and these statements.
    fn known_to(
        &self,
        circle: &CircleId,
        nodes: &BTreeSet<usize>,
    ) -> (Membership, BTreeSet<StatementId>) {
        let mut set = StatementSet::new(*circle);
        for number in nodes {
            for statement in self.nodes[*number].replica.statements(circle) {
                set.insert(statement.clone());
            }
        }
        (resolve(&set), set.ids().copied().collect())
    }

    fn is_in(&self, membership: &Membership, number: usize) -> bool {
        let device = self.nodes[number].device();
        let parent = membership.parent();
        let in_parent = |parent: CircleId| {
            let by = |it: &&Node| !it.hostile && it.membership(&parent).is_some();
            let mut knowing = self.nodes.iter().filter(by);
            knowing.all(|it| it.membership(&parent).is_some_and(|it| it.may_read(&device)))
        };
        membership.may_read(&device) && parent.is_none_or(in_parent)
    }

    fn check_has_all(&self, circle: &CircleId, node: &Node, known: &BTreeSet<StatementId>) {
        let held: BTreeSet<StatementId> = node.replica.statement_ids(circle).into_iter().collect();
        assert!(
            held == *known,
            "{} is in circle {} and holds {} of {} statements",
            node.name,
            circle.short(),
            held.len(),
            known.len()
        );
        let lost = self.set_back.union(&self.restored);
        let lost: BTreeSet<DeviceId> = lost.map(|it| self.nodes[*it].device()).collect();
        let own = self.written.iter().filter(|it| it.circle == *circle);
        for written in own.filter(|it| self.is_trusted(it.by) && !lost.contains(&it.log.device)) {
            let author = &self.nodes[written.by];
            let told = node.membership(circle).is_some_and(|it| it.may_write(&author.device()));
            if !told || !self.is_in(node.membership(circle).unwrap(), written.by) {
                continue;
            }
            let held = node.replica.position(circle, &written.log).tail.next_seq;
            assert!(
                held > written.seq,
                "{} lacks entry {} of {} in circle {}",
                node.name,
                written.seq,
                written.log,
                circle.short()
            );
        }
    }
}

/// How far logs count at most.
struct Bounds {
    of_devices: BTreeMap<DeviceId, Vec<CutOffs>>,
    raised: BTreeMap<LogId, u64>,
    suspended: BTreeMap<DeviceId, Vec<CutOffs>>,
}

impl Bounds {
    fn of(node: &Node, circle: &CircleId, membership: &Membership) -> Self {
        let mut bounds = Self {
            of_devices: BTreeMap::new(),
            raised: BTreeMap::new(),
            suspended: BTreeMap::new(),
        };
        let devices = |org| {
            let all = membership.devices().filter(move |(_, state)| state.org == org);
            all.map(|(device, _)| *device).collect::<Vec<_>>()
        };
        for (org, state) in membership.orgs() {
            for decision in &state.removed_by {
                let cut_offs = removal(node, circle, decision, org);
                for device in devices(*org) {
                    bounds.of_devices.entry(device).or_default().push(cut_offs.clone());
                }
            }
        }
        for statement in node.replica.statements(circle) {
            let Some(manifest) = statement.as_manifest() else { continue };
            if !membership.orgs().contains_key(&manifest.core().org) {
                continue;
            }
            for revocation in &manifest.core().revocations {
                if membership.device(&revocation.device).is_some_and(|it| it.revoked) {
                    let cut_offs = revocation.in_circle(circle).map(|it| it.cut_offs.clone());
                    let of_device = bounds.of_devices.entry(revocation.device).or_default();
                    of_device.push(cut_offs.unwrap_or_default());
                }
            }
        }
        for (_, suspension) in membership.suspensions() {
            let hit = match suspension.target {
                SuspensionTarget::Org(org) => devices(org),
                SuspensionTarget::Device(_, device) => vec![device],
            };
            for device in hit {
                bounds.suspended.entry(device).or_default().push(suspension.cut_offs.clone());
            }
        }
        bounds.read_readmissions(node, circle, membership);
        bounds
    }

    fn read_readmissions(&mut self, node: &Node, circle: &CircleId, membership: &Membership) {
        for decision in membership.path() {
            let Some(VerifiedStatement::Proposal(proposal)) =
                node.replica.statements(circle).find(|it| it.id() == *decision)
            else {
                continue;
            };
            for change in &proposal.value().changes {
                if let Change::ReadmitEntries { log, up_to } = change {
                    let raised = self.raised.entry(*log).or_default();
                    *raised = up_to.count.max(*raised);
                }
            }
        }
    }

    fn of_log(&self, log: &LogId) -> u64 {
        let least = |named: Option<&Vec<CutOffs>>| {
            let counts = named.into_iter().flatten();
            counts.map(|it| it.get(log).map_or(0, |cut| cut.count)).min().unwrap_or(u64::MAX)
        };
        let bound = least(self.of_devices.get(&log.device));
        let bound = bound.max(self.raised.get(log).copied().unwrap_or(0));
        bound.min(least(self.suspended.get(&log.device)))
    }
}

/// The cut-offs of a removal; of a decision that names the organisation more than once the first.
fn removal(
    node: &Node,
    circle: &CircleId,
    decision: &StatementId,
    org: &ceiba::model::id::OrgId,
) -> CutOffs {
    let statement = node.replica.statements(circle).find(|it| it.id() == *decision);
    let Some(VerifiedStatement::Proposal(proposal)) = statement else { return CutOffs::new() };
    let named = proposal.value().changes.iter().find_map(|change| {
        if let Change::RemoveOrg { org: it, cut_offs } = change {
            (it == org).then(|| cut_offs.clone())
        } else {
            None
        }
    });
    named.unwrap_or_default()
}
