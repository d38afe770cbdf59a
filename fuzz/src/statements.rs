//! Statements of all kinds, the set that they go into, and what follows from it.

use std::cell::LazyCell;

use ceiba::{
    crypto::{Label, Signed},
    membership::{
        Accusation, Admission, Approval, Change, CutOff, CutOffs, Manifest, OrgRole, Proposal,
        StatementSet, Suspension, SuspensionTarget, VerifiedStatement, approve_with_root, resolve,
    },
    model::{
        id::{EntryHash, InviteId, Lane, OrgId, StatementId},
        time::Timestamp,
    },
    wire::membership as wire,
};
use ed25519_dalek::{Signer, SigningKey};
use prost::Message;

use super::{
    input::{Input, joined},
    kit::{Circle, Org, found},
};

/// Statements of one run.
const MAX_STATEMENTS: usize = 40;

/// Four organisations, of which the first three decide and the last is not in.
struct World {
    orgs: [Org; 4],
    circle: Circle,
}

thread_local! {
    static WORLD: LazyCell<World> = const { LazyCell::new(world) };
}

fn world() -> World {
    let orgs = [1, 2, 3, 4].map(Org::new);
    let circle = found(&[&orgs[0], &orgs[1], &orgs[2]], &[]);
    World { orgs, circle }
}

impl World {
    fn set(&self) -> StatementSet {
        let mut set = StatementSet::new(self.circle.id);
        let outsider = self.orgs[3].manifest.clone().into();
        for statement in self.circle.statements.iter().cloned().chain([outsider]) {
            set.insert(statement);
        }
        set
    }

    /// The key whose public key this is.
    fn key(&self, public: &[u8]) -> Option<&SigningKey> {
        let keys = self.orgs.iter().flat_map(|org| [&org.root, &org.keys.signing]);
        keys.into_iter().find(|key| key.verifying_key().as_bytes() == public)
    }

    /// The statement, signed rightly if it is by one of these organisations.
    fn mended(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let mut item = wire::AnyStatement::decode(bytes).ok()?;
        let body = item.body.as_slice();
        let (label, signer) = match item.kind {
            1 => {
                let core = wire::Manifest::decode(body).ok()?.core;
                (Label::Manifest, wire::ManifestCore::decode(core.as_slice()).ok()?.root)
            }
            2 => (Label::Genesis, wire::Genesis::decode(body).ok()?.device),
            3 => (Label::Proposal, wire::Proposal::decode(body).ok()?.device),
            4 => (Label::Approval, wire::Approval::decode(body).ok()?.device),
            5 => (Label::RootApproval, wire::RootApproval::decode(body).ok()?.root),
            6 => (Label::Admission, wire::Admission::decode(body).ok()?.device),
            7 => (Label::Suspension, wire::Suspension::decode(body).ok()?.device),
            _unknown => return None,
        };
        let signed = [label.text().as_bytes(), &[0], body].concat();
        item.signature = self.key(&signer)?.sign(&signed).to_bytes().to_vec();
        Some(item.encode_to_vec())
    }
}

/// What reads, reads again; a set shows the same in whatever order it came.
///
/// Parts are statements in their envelopes; signatures are put right.
pub fn statement(data: &[u8]) {
    drop(VerifiedStatement::decode(data).map_err(|refused| refused.to_string()));
    WORLD.with(|world| {
        let mut input = Input::new(data);
        let mut statements = Vec::new();
        while !input.is_empty() && statements.len() < MAX_STATEMENTS {
            let part = input.part();
            let bytes = world.mended(part).unwrap_or_else(|| part.to_vec());
            let Ok(statement) = VerifiedStatement::decode(&bytes) else { continue };
            let again = VerifiedStatement::decode(&statement.encode()).expect("it read before");
            assert_eq!((again.id(), again.signer()), (statement.id(), statement.signer()));
            statements.push(statement);
        }
        assert_order_is_nothing(world, &statements);
    });
}

fn assert_order_is_nothing(world: &World, statements: &[VerifiedStatement]) {
    let (mut forwards, mut backwards) = (world.set(), world.set());
    for statement in statements {
        forwards.insert(statement.clone());
    }
    for statement in statements.iter().rev() {
        backwards.insert(statement.clone());
    }
    let (one, other) = (resolve(&forwards), resolve(&backwards));
    assert_eq!(format!("{one:?}"), format!("{other:?}"), "order of arrival shows");
    for org in &world.orgs {
        let may = statements.iter().map(|it| one.may_approve(&org.id(), &org.device(), &it.id()));
        drop(may.collect::<Vec<_>>());
        drop(org.author().propose(&forwards, &one, vec![Change::SetApprovals { approvals: 1 }]));
        let log = org.log(Lane::Record);
        let _standing = one.standing(&log, 0, &EntryHash::new([7; 32]));
    }
}

/// A story of statements, each rightly signed, that need not make sense: sixteen kinds of steps
/// by four organisations, about statements that were made before.
pub fn resolve_story(data: &[u8]) {
    WORLD.with(|world| {
        let mut story = Story { world, made: Vec::new(), input: Input::new(data) };
        while !story.input.is_empty() && story.made.len() < MAX_STATEMENTS {
            story.step();
        }
        let statements: Vec<_> = story.made;
        assert_order_is_nothing(world, &statements);
        // What is decided stays decided when more comes.
        let mut set = world.set();
        let mut decided: Vec<StatementId> = Vec::new();
        for statement in &statements {
            set.insert(statement.clone());
            let now = resolve(&set);
            assert!(decided.iter().all(|id| now.decision(id).is_some()), "a decision was lost");
            decided.extend(
                statements
                    .iter()
                    .map(VerifiedStatement::id)
                    .filter(|id| now.decision(id).is_some()),
            );
        }
    });
}

struct Story<'a> {
    world: &'a World,
    made: Vec<VerifiedStatement>,
    input: Input<'a>,
}

impl Story<'_> {
    fn org(&mut self) -> &Org {
        &self.world.orgs[usize::from(self.input.byte()) % self.world.orgs.len()]
    }

    fn org_id(&mut self) -> OrgId {
        self.org().id()
    }

    /// A statement that was made, or the genesis.
    fn id(&mut self) -> StatementId {
        let choice = usize::from(self.input.byte()) % (self.made.len() + 1);
        let made = choice.checked_sub(1).and_then(|place| self.made.get(place));
        made.map_or_else(|| self.world.circle.beginning(), VerifiedStatement::id)
    }

    fn proposal(&mut self) -> Option<(StatementId, Proposal)> {
        let proposals: Vec<_> = self
            .made
            .iter()
            .filter_map(|it| {
                let VerifiedStatement::Proposal(it) = it else { return None };
                Some((it.id(), it.value().clone()))
            })
            .collect();
        let choice = usize::from(self.input.byte()).checked_rem(proposals.len())?;
        proposals.into_iter().nth(choice)
    }

    fn ticket(&mut self) -> SigningKey {
        SigningKey::from_bytes(&[200 + self.input.byte() % 2; 32])
    }

    fn cut_offs(&mut self) -> CutOffs {
        let mut cut_offs = CutOffs::new();
        for _ in 0..self.input.byte() % 3 {
            let log = self.org().log(Lane::Record);
            let count = u64::from(self.input.byte() % 4) + 1;
            cut_offs.insert(log, CutOff { count, last: EntryHash::new([7; 32]) });
        }
        cut_offs
    }

    fn role(&mut self) -> OrgRole {
        if self.input.byte() & 1 == 0 { OrgRole::Member } else { OrgRole::Steward }
    }

    fn change(&mut self) -> Change {
        let kind = self.input.byte() % 13;
        let org = self.org_id();
        match kind {
            0 => Change::AddOrg { org, role: self.role() },
            1 => Change::Invite {
                invite: InviteId::new(self.ticket().verifying_key().to_bytes()),
                inviter: org,
                role: self.role(),
                expires: Timestamp::from_millis(1),
            },
            2 => Change::RevokeInvite {
                invite: InviteId::new(self.ticket().verifying_key().to_bytes()),
            },
            3 => Change::RemoveOrg { org, cut_offs: self.cut_offs() },
            4 => Change::SetRole { org, role: self.role() },
            5 => Change::LiftSuspension { suspension: self.id() },
            6 => Change::SetApprovals { approvals: u32::from(self.input.byte() % 5) },
            7 => Change::SetBreakGlass { orgs: [org, self.org_id()].into() },
            8 => Change::ReadmitOrg { org, lifts: [self.id(), self.id()].into() },
            9 => {
                let log = self.org().log(Lane::Record);
                let up_to = CutOff { count: 1, last: EntryHash::new([7; 32]) };
                Change::ReadmitEntries { log, up_to }
            }
            10 => Change::RestoreVote { org },
            11 => Change::SetDormant { org, dormant: self.input.byte() & 1 == 0 },
            _last => Change::CloseHistory { keep: [self.id()].into() },
        }
    }

    fn step(&mut self) {
        let kind = self.input.byte() % 16;
        let by = self.org().clone();
        let circle = self.world.circle.id;
        let (org, device) = (by.id(), by.device());
        let key = &by.keys.signing;
        let statement: Option<VerifiedStatement> = match kind {
            0..4 => {
                let parent = self.id();
                let attempt = u32::from(self.input.byte() % 3);
                let changes = (0..=self.input.byte() % 3).map(|_| self.change()).collect();
                let extra = self.input.byte();
                let adopts = if extra & 1 == 0 { [].into() } else { [self.id()].into() };
                let accuses = match extra & 2 {
                    0 => Vec::new(),
                    _some => vec![Accusation::of(self.id(), self.id())],
                };
                let proposal =
                    Proposal { circle, parent, attempt, adopts, accuses, changes, org, device };
                Some(Signed::sign(key, proposal).into())
            }
            4..11 => self.proposal().map(|(id, proposal)| {
                Signed::sign(key, Approval::of(id, &proposal, org, device)).into()
            }),
            11 => self.proposal().map(|(id, _)| approve_with_root(circle, id, org, &by.root)),
            12 => {
                let target = match self.input.byte() % 2 {
                    0 => SuspensionTarget::Org(self.org_id()),
                    _device => {
                        let target = self.org();
                        SuspensionTarget::Device(target.id(), target.device())
                    }
                };
                let (decision, number) = (self.id(), u32::from(self.input.byte() % 3));
                let cut_offs = self.cut_offs();
                let suspension =
                    Suspension { circle, decision, number, target, cut_offs, org, device };
                Some(Signed::sign(key, suspension).into())
            }
            13 | 14 => {
                let (ticket, joiner) = (self.ticket(), self.org().clone());
                let manifest = joiner.manifest.id();
                let request = joiner.author().ask_to_join(circle, &ticket, manifest);
                let request = request.expect("a request by a usable key");
                Some(Signed::sign(key, Admission::of(request, org, device)).into())
            }
            _revocation => self.revocation(&by),
        };
        self.made.extend(statement);
    }

    /// A second manifest that revokes the device, by the same root.
    fn revocation(&mut self, by: &Org) -> Option<VerifiedStatement> {
        use ceiba::membership::{Revocation, StandingWork};
        let mut core = by.manifest.value().core().clone();
        core.seq = 1;
        core.previous = Some(by.manifest.id());
        core.devices.clear();
        let work = StandingWork { decision: self.id(), cut_offs: self.cut_offs() };
        let revocation = Revocation::new(by.device()).keeping(&self.world.circle.id, work);
        core.revocations = vec![revocation];
        Manifest::new(core).sign(&by.root).ok().map(VerifiedStatement::from)
    }
}

/// A statement of each kind, one after the other as in a circle's life.
pub fn statement_seeds() -> Vec<Vec<u8>> {
    let stories = story_seeds();
    let world = world();
    let told = stories.iter().map(|story| {
        let mut story = Story { world: &world, made: Vec::new(), input: Input::new(story) };
        while !story.input.is_empty() && story.made.len() < MAX_STATEMENTS {
            story.step();
        }
        joined(story.made.iter().map(VerifiedStatement::encode))
    });
    told.chain([joined(world.circle.bytes())]).collect()
}

/// Stories: a decision; a removal and rivals; an invite and who joins by it; a suspension; a
/// revocation; broken glass.
pub fn story_seeds() -> Vec<Vec<u8>> {
    let seeds: [&[u8]; 6] = [
        &[0, 0, 0, 0, 0, 6, 0, 2, 0, 4, 0, 0, 4, 1, 0],
        &[0, 0, 0, 0, 0, 3, 2, 0, 0, 4, 0, 0, 4, 1, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0, 4, 1, 1, 4, 2, 1],
        &[
            0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 4, 0, 0, 4, 1, 0, 13, 0, 0, 3, 0, 0, 1, 0, 0, 6, 0, 2, 1,
            4, 4, 0, 1, 4, 1, 1,
        ],
        &[12, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 1, 0, 4, 0, 0, 4, 2, 0],
        &[0, 0, 0, 0, 0, 6, 0, 2, 0, 4, 0, 0, 4, 1, 0, 15, 1, 1, 1, 1, 2],
        &[0, 0, 0, 0, 0, 3, 1, 0, 0, 11, 0, 0, 11, 2, 0],
    ];
    seeds.map(<[u8]>::to_vec).to_vec()
}
