//! Statements: manifests, and what decides about a circle.

use ceiba::{
    crypto::{SignatureError, Signed},
    membership::{
        Accusation, Admission, Approval, Change, CutOff, CutOffs, Device, DeviceRole, Inserted,
        Manifest, ManifestCore, OrgRole, Proposal, RefusedStatement, Revocation, RootApproval,
        StandingWork, StatementError, StatementSet, Suspension, SuspensionTarget,
        VerifiedStatement, next_root_commitment,
    },
    model::{
        id::{CircleId, EntryHash, InviteId, Lane, StatementId},
        limits::MAX_STATEMENT_BYTES,
        time::Timestamp,
    },
    wire::membership as wire,
};
use ed25519_dalek::{Signer, SigningKey};
use prost::Message;
use serde_json::{Value, json};

use super::{
    Reading, Vector, check, hex, invalid, labelled_hash, oversize, signed_bytes,
    twist::{flipped, longer_key, reordered, shorten, trailing, truncated, unknown_field},
    valid, variant,
};
use crate::fuzzing::targets::kit::{Circle, Org, found};

/// The neutral point: every signature of a kind verifies under it in lax implementations.
const WEAK_KEY: [u8; 32] = {
    let mut key = [0; 32];
    key[0] = 1;
    key
};

const KINDS: [&str; 7] =
    ["manifest", "genesis", "proposal", "approval", "root approval", "admission", "suspension"];

fn label(kind: u32) -> String {
    format!("ceiba v1 {}", KINDS[usize::try_from(kind).unwrap() - 1])
}

fn kind(name: &str) -> u32 {
    u32::try_from(KINDS.iter().position(|kind| *kind == name).unwrap()).unwrap() + 1
}

/// An envelope of a body that is signed under a label by hand.
fn signed(kind: u32, label: &str, body: &[u8], key: &SigningKey) -> Vec<u8> {
    let signature = key.sign(&signed_bytes(label, body)).to_bytes().to_vec();
    wire::AnyStatement { kind, body: body.to_vec(), signature }.encode_to_vec()
}

/// An envelope of a body, signed rightly.
fn rightly(kind: u32, body: &[u8], key: &SigningKey) -> Vec<u8> {
    signed(kind, &label(kind), body, key)
}

/// The same envelope around another body, whose signature is then false.
fn with_body(envelope: &[u8], twist: impl FnOnce(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let mut item = wire::AnyStatement::decode(envelope).unwrap();
    item.body = twist(&item.body);
    item.encode_to_vec()
}

fn body(envelope: &[u8]) -> Vec<u8> {
    wire::AnyStatement::decode(envelope).unwrap().body
}

/// What is expected of a valid statement, by its own bytes alone.
fn told(kind_name: &str, signer: [u8; 32], body: &[u8], canonical: bool, says: Value) -> Value {
    let id = labelled_hash(&label(kind(kind_name)), &[body]);
    json!({
        "kind": kind_name, "id": hex(id), "signer": hex(signer), "canonical": canonical,
        "says": says,
    })
}

/// What a reader makes of a file.
fn read(reading: &Reading<'_>, bytes: &[u8]) -> Value {
    let statement = match VerifiedStatement::decode(bytes) {
        Ok(statement) => statement,
        Err(refused) => return json!({ "error": refusal(&refused) }),
    };
    let mut set = StatementSet::new(CircleId::new(reading.array("circle")));
    if set.insert(statement.clone()) == Inserted::Foreign {
        return json!({ "error": "Foreign" });
    }
    json!({
        "kind": KINDS[usize::try_from(statement.kind() as u32).unwrap() - 1],
        "id": hex(statement.id()),
        "signer": hex(statement.signer()),
        "canonical": statement.encode() == bytes,
        "says": says(&statement),
    })
}

fn refusal(refused: &RefusedStatement) -> String {
    match refused {
        RefusedStatement::Envelope(error) => format!("Envelope {}", reason(error)),
        RefusedStatement::Body { source: SignatureError::Body(error), .. } => {
            format!("Body {}", reason(error))
        }
        RefusedStatement::Body { source, .. } => variant(source),
    }
}

fn reason(error: &StatementError) -> String {
    let field = match error {
        StatementError::Unknown { field, .. }
        | StatementError::Length { field, .. }
        | StatementError::TooMany { field, .. }
        | StatementError::Duplicate { field }
        | StatementError::Field { field, .. }
        | StatementError::Proof { field } => format!(": {field}"),
        StatementError::TooLarge { .. } | StatementError::Protobuf(_) | StatementError::Id(_) => {
            String::new()
        }
    };
    format!("{}{field}", variant(error))
}

fn cut_offs(cut_offs: &CutOffs) -> Value {
    let told = cut_offs.iter().map(|(log, cut_off)| {
        json!({
            "device": hex(log.device), "incarnation": hex(log.incarnation),
            "lane": log.lane.number(), "count": cut_off.count, "last": hex(cut_off.last),
        })
    });
    told.collect()
}

fn list<T: AsRef<[u8]>>(ids: impl IntoIterator<Item = T>) -> Vec<String> {
    ids.into_iter().map(hex).collect()
}

fn says(statement: &VerifiedStatement) -> Value {
    match statement {
        VerifiedStatement::Manifest(it) => manifest(it.value()),
        VerifiedStatement::Genesis(it) => {
            let it = it.value();
            json!({
                "nonce": hex(it.nonce), "parent": it.parent.map(hex), "org": hex(it.org),
                "device": hex(it.device), "stewards": list(&it.stewards),
                "members": list(&it.members), "approvals": it.approvals,
                "break_glass": list(&it.break_glass), "history": it.history as u32,
                "custodians": list(&it.custodians),
            })
        }
        VerifiedStatement::Proposal(it) => proposal(it.value()),
        VerifiedStatement::Approval(it) => {
            let it = it.value();
            json!({
                "circle": hex(it.circle), "parent": hex(it.parent), "attempt": it.attempt,
                "proposal": hex(it.proposal), "org": hex(it.org), "device": hex(it.device),
            })
        }
        VerifiedStatement::RootApproval(it) => {
            let RootApproval { circle, proposal, org, root } = it.value();
            json!({
                "circle": hex(circle), "proposal": hex(proposal), "org": hex(org),
                "root": hex(root),
            })
        }
        VerifiedStatement::Admission(it) => {
            let (it, request) = (it.value(), it.value().request());
            json!({
                "org": hex(it.org), "device": hex(it.device),
                "request": {
                    "circle": hex(request.circle), "invite": hex(request.invite),
                    "org": hex(request.org), "manifest": hex(request.manifest),
                    "device": hex(request.device),
                },
            })
        }
        VerifiedStatement::Suspension(it) => {
            let it = it.value();
            let device = match it.target {
                SuspensionTarget::Org(_) => None,
                SuspensionTarget::Device(_, device) => Some(hex(device)),
            };
            json!({
                "circle": hex(it.circle), "decision": hex(it.decision), "number": it.number,
                "target_org": hex(it.target.org()), "target_device": device,
                "cut_offs": cut_offs(&it.cut_offs), "org": hex(it.org), "device": hex(it.device),
            })
        }
    }
}

fn manifest(manifest: &Manifest) -> Value {
    let core = manifest.core();
    let devices = core.devices.iter().map(|it| {
        json!({
            "device": hex(it.device), "transport": hex(it.transport),
            "receiving_blake3": hex(blake3::hash(it.receiving.as_slice()).as_bytes()),
            "role": it.role.number(),
        })
    });
    json!({
        "org": hex(core.org), "seq": core.seq, "previous": core.previous.map(hex),
        "root": hex(core.root), "next_root": hex(core.next_root),
        "devices": devices.collect::<Vec<_>>(),
        "revoked": list(core.revocations.iter().map(|it| it.device)),
        "recovery_threshold": core.recovery_threshold,
        "recovered_by": list(manifest.recovery().iter().map(|it| it.device)),
    })
}

fn proposal(it: &Proposal) -> Value {
    let accuses = it.accuses.iter().map(|it| list([it.first, it.second]));
    json!({
        "circle": hex(it.circle), "parent": hex(it.parent), "attempt": it.attempt,
        "adopts": list(&it.adopts), "accuses": accuses.collect::<Vec<_>>(),
        "changes": it.changes.iter().map(change).collect::<Vec<_>>(),
        "org": hex(it.org), "device": hex(it.device),
    })
}

fn change(change: &Change) -> Value {
    match change {
        Change::AddOrg { org, role } => json!({"add_org": hex(org), "role": *role as u32}),
        Change::Invite { invite, inviter, role, expires } => json!({
            "invite": hex(invite), "inviter": hex(inviter), "role": *role as u32,
            "expires": expires.as_millis(),
        }),
        Change::RevokeInvite { invite } => json!({"revoke_invite": hex(invite)}),
        Change::RemoveOrg { org, cut_offs: cut } => {
            json!({"remove_org": hex(org), "cut_offs": cut_offs(cut)})
        }
        Change::SetRole { org, role } => json!({"set_role": hex(org), "role": *role as u32}),
        Change::LiftSuspension { suspension } => json!({"lift_suspension": hex(suspension)}),
        Change::SetApprovals { approvals } => json!({"set_approvals": approvals}),
        Change::SetBreakGlass { orgs } => json!({"set_break_glass": list(orgs)}),
        Change::ReadmitOrg { org, lifts } => json!({"readmit_org": hex(org), "lifts": list(lifts)}),
        Change::ReadmitEntries { log, up_to } => {
            json!({"readmit_entries": cut_offs(&[(*log, *up_to)].into())})
        }
        Change::RestoreVote { org } => json!({"restore_vote": hex(org)}),
        Change::SetDormant { org, dormant } => json!({"set_dormant": hex(org), "dormant": dormant}),
        Change::CloseHistory { keep } => json!({"close_history": list(keep)}),
    }
}

/// Twists of an envelope that hold for every kind. `key` signs rightly.
fn common_twists(kind_name: &str, envelope: &[u8], key: &SigningKey) -> Vec<Vector> {
    let number = kind(kind_name);
    let plain = body(envelope);
    let name = |how: &str| format!("{how}-{}", kind_name.replace(' ', "-"));
    let other = KINDS[usize::try_from(number).unwrap() % KINDS.len()];
    let says_of = |bytes: &[u8]| says(&VerifiedStatement::decode(bytes).unwrap());
    let signer = key.verifying_key().to_bytes();
    let reordered_body = reordered(&plain);
    let unknown_body = unknown_field(&plain);
    let mut short = wire::AnyStatement::decode(envelope).unwrap();
    shorten(&mut short.signature);
    // Other bytes of a genesis found another circle.
    let circle = |body: &[u8]| match kind_name {
        "genesis" => json!({ "circle": hex(labelled_hash(&label(number), &[body])) }),
        _other => json!({}),
    };
    let mut vectors = vec![
        valid(
            &name("reencoded-envelope"),
            reordered(envelope),
            told(kind_name, signer, &plain, false, says_of(envelope)),
        ),
        valid(
            &name("unknown-field-signed-so"),
            rightly(number, &unknown_body, key),
            told(kind_name, signer, &unknown_body, true, says_of(envelope)),
        )
        .with(circle(&unknown_body)),
        invalid(
            &name("wrong-label"),
            signed(number, &format!("ceiba v1 {other}"), &plain, key),
            "Signature",
        ),
        invalid(
            &name("no-label"),
            {
                let signature = key.sign(&plain).to_bytes().to_vec();
                wire::AnyStatement { kind: number, body: plain.clone(), signature }.encode_to_vec()
            },
            "Signature",
        ),
        invalid(&name("reencoded-body"), with_body(envelope, longer_key), "Signature"),
        invalid(
            &name("bit-flipped-signature"),
            flipped(envelope, envelope.len() - 40),
            "Signature",
        ),
        invalid(&name("truncated"), truncated(envelope), "Envelope Protobuf"),
        invalid(&name("truncated-body"), rightly(number, &truncated(&plain), key), "Body Protobuf"),
        invalid(&name("trailing-byte"), trailing(envelope), "Envelope Protobuf"),
        invalid(
            &name("trailing-byte-in-body"),
            rightly(number, &trailing(&plain), key),
            "Body Protobuf",
        ),
        invalid(&name("short-signature"), short.encode_to_vec(), "Envelope Length: signature"),
    ];
    // A manifest without recovery has a single field.
    if reordered_body != plain {
        vectors.push(
            valid(
                &name("reordered-body-signed-so"),
                rightly(number, &reordered_body, key),
                told(kind_name, signer, &reordered_body, true, says_of(envelope)),
            )
            .with(circle(&reordered_body)),
        );
        let replaced = with_body(envelope, reordered);
        vectors.push(invalid(&name("reordered-body"), replaced, "Signature"));
    }
    vectors
}

fn context(circle: CircleId) -> Value {
    json!({ "circle": hex(circle) })
}

struct World {
    one: Org,
    two: Org,
    three: Org,
    circle: Circle,
}

fn world() -> World {
    let (one, two, three) = (Org::new(1), Org::new(2), Org::new(3));
    let circle = found(&[&one, &two], &[]);
    World { one, two, three, circle }
}

#[test]
fn manifests() {
    let World { one, two, circle, .. } = world();
    let first = one.manifest_bytes();
    let of = |manifest: ceiba::crypto::Verified<Manifest>| {
        let said = self::manifest(manifest.value());
        (VerifiedStatement::from(manifest).encode(), said)
    };
    let sign = |core: ManifestCore, root: &SigningKey| of(Manifest::new(core).sign(root).unwrap());
    let mut next = one.manifest.value().core().clone();
    (next.seq, next.previous) = (1, Some(one.manifest.id()));
    // Rotated: the committed root, a second device, the first one revoked with what of it counts.
    let root = Org::next_root(1);
    let mut rotated = next.clone();
    rotated.root = root.verifying_key().to_bytes();
    rotated.next_root = next_root_commitment(&[9; 32]);
    let keys = &two.keys;
    let receiving = keys.public().receiving;
    let device = Device::prove(
        &one.id(),
        DeviceRole::Node,
        &keys.signing,
        &keys.transport,
        receiving.as_bytes(),
    );
    rotated.devices = vec![device];
    let cut_off = CutOff { count: 3, last: EntryHash::new([7; 32]) };
    let work = StandingWork {
        decision: circle.beginning(),
        cut_offs: [(one.log(Lane::Record), cut_off)].into(),
    };
    rotated.revocations = vec![Revocation::new(one.device()).keeping(&circle.id, work)];
    let (rotated_bytes, rotated_says) = sign(rotated, &root);
    // Recovered: a root that nobody committed to, vouched for by the admin device.
    let new_root = SigningKey::from_bytes(&[77; 32]);
    let mut recovered = next.clone();
    recovered.root = new_root.verifying_key().to_bytes();
    recovered.recovery_threshold = 1;
    let manifest = Manifest::new(recovered).recovered_by(&one.keys.signing);
    let (recovered_bytes, recovered_says) = of(manifest.sign(&new_root).unwrap());

    let root_key = |key: &SigningKey| key.verifying_key().to_bytes();
    let valid_one = |name: &str, bytes: &[u8], signer: [u8; 32], says: Value| {
        valid(name, bytes, told("manifest", signer, &body(bytes), true, says))
    };
    let mut vectors = vec![
        valid_one("first", &first, root_key(&one.root), self::manifest(one.manifest.value())),
        valid_one("rotated-and-revoking", &rotated_bytes, root_key(&root), rotated_says),
        valid_one("recovered", &recovered_bytes, root_key(&new_root), recovered_says),
    ];
    vectors.extend(common_twists("manifest", &first, &one.root));
    // With one thing wrong in the core, rightly signed.
    let core = wire::Manifest::decode(body(&first).as_slice()).unwrap().core;
    let core = wire::ManifestCore::decode(core.as_slice()).unwrap();
    let wrong = |name: &str, error: &str, twist: &dyn Fn(&mut wire::ManifestCore)| {
        let mut core = core.clone();
        twist(&mut core);
        let manifest = wire::Manifest { core: core.encode_to_vec(), recovery: Vec::new() };
        invalid(name, rightly(1, &manifest.encode_to_vec(), &one.root), error)
    };
    vectors.extend([
        wrong("unknown-version", "Body Unknown: version", &|core| core.version = 2),
        wrong("unknown-role", "Body Unknown: role", &|core| core.devices[0].role = 99),
        wrong("short-organisation", "Body Id", &|core| shorten(&mut core.org)),
        wrong("duplicate-device", "Body Duplicate: devices", &|core| {
            core.devices.push(core.devices[0].clone());
        }),
        wrong("too-many-devices", "Body TooMany: devices", &|core| {
            core.devices = vec![wire::Device::default(); 33];
        }),
        wrong("first-with-previous", "Body Field: previous", &|core| core.previous = vec![1; 32]),
        wrong("first-by-another-root", "Body Field: root key", &|core| core.root = vec![1; 32]),
        wrong("replayed-device-of-another-organisation", "Body Proof: device proof", &|core| {
            let theirs = two.manifest.value().core().devices[0].write();
            core.devices[0] = theirs;
        }),
        wrong("stolen-transport-key", "Body Proof: device proof", &|core| {
            core.devices[0].transport = two.transport().to_vec();
        }),
        wrong("bit-flipped-transport-proof", "Body Proof: transport proof", &|core| {
            core.devices[0].transport_proof[0] ^= 1;
        }),
        wrong("weak-device-key", "Body Proof: device proof", &|core| {
            core.devices[0].device = WEAK_KEY.to_vec();
        }),
        wrong("wrong-signer", "Signature", &|core| {
            core.seq = 1;
            core.previous = vec![1; 32];
            core.root = two.root.verifying_key().to_bytes().to_vec();
        }),
        wrong("weak-root-key", "Key", &|core| {
            (core.seq, core.previous) = (1, vec![1; 32]);
            core.root = WEAK_KEY.to_vec();
        }),
        oversize("oversize", Vec::new(), 0x0a, MAX_STATEMENT_BYTES + 1, "Envelope TooLarge"),
    ]);
    // A recovery's signature moved to another core.
    let mut moved = wire::Manifest::decode(body(&recovered_bytes).as_slice()).unwrap();
    let mut core = wire::ManifestCore::decode(moved.core.as_slice()).unwrap();
    core.recovery_threshold = 0;
    moved.core = core.encode_to_vec();
    let moved = rightly(1, &moved.encode_to_vec(), &new_root);
    vectors.push(invalid("replayed-recovery", moved, "Body Proof: recovery signature"));
    check("manifest", &context(circle.id), &vectors, read);
}

/// All changes that a decision can have.
fn changes(world: &World) -> Vec<Change> {
    let (org, role) = (world.three.id(), OrgRole::Member);
    let log = world.two.log(Lane::Record);
    let up_to = CutOff { count: 300, last: EntryHash::new([7; 32]) };
    let invite = InviteId::new([4; 32]);
    let id = StatementId::new([5; 32]);
    vec![
        Change::AddOrg { org, role },
        Change::Invite {
            invite,
            inviter: world.one.id(),
            role: OrgRole::Steward,
            expires: Timestamp::from_millis(1_800_000_000_000),
        },
        Change::RevokeInvite { invite },
        Change::RemoveOrg { org, cut_offs: [(log, up_to)].into() },
        Change::SetRole { org, role },
        Change::LiftSuspension { suspension: id },
        Change::SetApprovals { approvals: 2 },
        Change::SetBreakGlass { orgs: [org, world.one.id()].into() },
        Change::ReadmitOrg { org, lifts: [id].into() },
        Change::ReadmitEntries { log, up_to },
        Change::RestoreVote { org },
        Change::SetDormant { org, dormant: true },
        Change::CloseHistory { keep: [id].into() },
    ]
}

#[test]
fn decisions() {
    let world = world();
    let World { one, two, three, circle } = &world;
    let (org, device, key) = (one.id(), one.device(), &one.keys.signing);
    let id = circle.id;
    let genesis = circle.statements[0].clone();
    let proposal = Proposal {
        circle: id,
        parent: circle.beginning(),
        attempt: 1,
        adopts: [StatementId::new([6; 32])].into(),
        accuses: vec![Accusation::of(StatementId::new([8; 32]), StatementId::new([7; 32]))],
        changes: changes(&world),
        org,
        device,
    };
    let proposal = Signed::sign(key, proposal);
    let approval = Approval::of(proposal.id(), proposal.value(), two.id(), two.device());
    let root = two.root.verifying_key().to_bytes();
    let root_approval = RootApproval { circle: id, proposal: proposal.id(), org: two.id(), root };
    let ticket = SigningKey::from_bytes(&[200; 32]);
    let request = three.author().ask_to_join(id, &ticket, three.manifest.id()).unwrap();
    let suspension = Suspension {
        circle: id,
        decision: proposal.id(),
        number: 1,
        target: SuspensionTarget::Device(two.id(), two.device()),
        cut_offs: [].into(),
        org,
        device,
    };
    let statements: [(&str, VerifiedStatement, &SigningKey); 6] = [
        ("genesis", genesis, key),
        ("proposal", proposal.into(), key),
        ("approval", Signed::sign(&two.keys.signing, approval).into(), &two.keys.signing),
        ("root approval", Signed::sign(&two.root, root_approval).into(), &two.root),
        ("admission", Signed::sign(key, Admission::of(request, org, device)).into(), key),
        ("suspension", Signed::sign(key, suspension).into(), key),
    ];
    let mut vectors = Vec::new();
    for (name, statement, key) in &statements {
        let bytes = statement.encode();
        let signer = key.verifying_key().to_bytes();
        let told = told(name, signer, &body(&bytes), true, says(statement));
        vectors.push(valid(&name.replace(' ', "-"), bytes.clone(), told));
        vectors.extend(common_twists(name, &bytes, key));
        let number = kind(name);
        let unknown = with_version(&body(&bytes));
        let how = format!("unknown-version-{}", name.replace(' ', "-"));
        vectors.push(invalid(&how, rightly(number, &unknown, key), "Body Unknown: version"));
        let how = format!("replayed-in-another-circle-{}", name.replace(' ', "-"));
        let there = json!({ "circle": hex([1; 32]) });
        vectors.push(invalid(&how, bytes, "Foreign").with(there));
    }
    let [genesis, proposal, approval, _, admission, _] =
        statements.each_ref().map(|(_, statement, _)| body(&statement.encode()));
    vectors.extend(wrong_genesis(&genesis, key));
    vectors.extend(wrong_proposals(&proposal, key));
    vectors.extend(wrong_admissions(&admission, &world));
    let mut weak = wire::Approval::decode(approval.as_slice()).unwrap();
    weak.device = WEAK_KEY.to_vec();
    vectors.extend([
        invalid("weak-key", rightly(4, &weak.encode_to_vec(), key), "Key"),
        invalid("wrong-signer", rightly(4, &approval, key), "Signature"),
        // A vote that is put into the envelope of another kind.
        invalid("wrong-kind", signed(3, &label(4), &approval, &two.keys.signing), "Body Protobuf"),
        invalid("unknown-kind", rightly_unknown(&approval), "Envelope Unknown: kind"),
        oversize("oversize", Vec::new(), 0x0a, MAX_STATEMENT_BYTES + 1, "Envelope TooLarge"),
    ]);
    check("decision", &context(id), &vectors, read);
}

/// A body's first field is its version, here 1, which becomes 2.
fn with_version(body: &[u8]) -> Vec<u8> {
    assert_eq!(body[..2], [8, 1]);
    [&[8, 2], &body[2..]].concat()
}

fn rightly_unknown(body: &[u8]) -> Vec<u8> {
    wire::AnyStatement { kind: 8, body: body.to_vec(), signature: vec![0; 64] }.encode_to_vec()
}

fn wrong_genesis(body: &[u8], key: &SigningKey) -> Vec<Vector> {
    let wrong = |name: &str, error: &str, twist: &dyn Fn(&mut wire::Genesis)| {
        let mut genesis = wire::Genesis::decode(body).unwrap();
        twist(&mut genesis);
        invalid(name, rightly(2, &genesis.encode_to_vec(), key), error)
    };
    vec![
        wrong("unknown-suite-genesis", "Body Unknown: suite", &|it| it.suite = 2),
        wrong("unknown-history-rule-genesis", "Body Unknown: history rule", &|it| it.history = 9),
        wrong("founder-is-no-steward-genesis", "Body Field: stewards", &|it| {
            it.stewards = vec![vec![1; 32]];
        }),
        wrong("steward-named-twice-genesis", "Body Duplicate: stewards", &|it| {
            it.stewards.push(it.stewards[0].clone());
        }),
        wrong("steward-and-member-genesis", "Body Duplicate: stewards and members", &|it| {
            it.members.push(it.stewards[0].clone());
        }),
        wrong("short-nonce-genesis", "Body Length: nonce", &|it| shorten(&mut it.nonce)),
        wrong("too-many-members-genesis", "Body TooMany: members", &|it| {
            it.members = vec![Vec::new(); 513];
        }),
    ]
}

fn wrong_proposals(body: &[u8], key: &SigningKey) -> Vec<Vector> {
    let wrong = |name: &str, error: &str, twist: &dyn Fn(&mut wire::Proposal)| {
        let mut proposal = wire::Proposal::decode(body).unwrap();
        twist(&mut proposal);
        invalid(name, rightly(3, &proposal.encode_to_vec(), key), error)
    };
    vec![
        wrong("unknown-change-proposal", "Body Field: change", &|it| {
            it.changes[0] = wire::Change { change: None };
        }),
        wrong("too-many-changes-proposal", "Body TooMany: changes", &|it| {
            it.changes = vec![wire::Change { change: None }; 65];
        }),
        wrong("adopted-twice-proposal", "Body Duplicate: adopted admissions", &|it| {
            it.adopts.push(it.adopts[0].clone());
        }),
        wrong("no-parent-proposal", "Body Id", &|it| it.parent.clear()),
        wrong("unknown-part-proposal", "Body Unknown: part", &|it| {
            let org_role = wire::OrgRole { org: vec![1; 32], role: 3 };
            it.changes[0].change = Some(wire::change::Change::AddOrg(org_role));
        }),
        wrong("cut-off-of-nothing-proposal", "Body Field: count", &|it| {
            let cut_off = wire::CutOff {
                device: vec![1; 32],
                incarnation: vec![1; 16],
                lane: 2,
                count: 0,
                last: vec![1; 32],
            };
            it.changes[0].change = Some(wire::change::Change::ReadmitEntries(cut_off));
        }),
    ]
}

fn wrong_admissions(body: &[u8], world: &World) -> Vec<Vector> {
    let World { one, two, three, .. } = world;
    let wrong = |name: &str, twist: &dyn Fn(&mut wire::Admission)| {
        let mut admission = wire::Admission::decode(body).unwrap();
        twist(&mut admission);
        let bytes = rightly(6, &admission.encode_to_vec(), &one.keys.signing);
        invalid(name, bytes, "Body Proof: request")
    };
    let signed_request = |admission: &mut wire::Admission, key: &SigningKey, label: &str| {
        let message = signed_bytes(label, &admission.request);
        admission.request_signature = key.sign(&message).to_bytes().to_vec();
    };
    let joiner = &three.keys.signing;
    vec![
        wrong("bit-flipped-request-admission", &|it| it.request_signature[3] ^= 1),
        wrong("wrong-signer-of-request-admission", &|it| {
            signed_request(it, &two.keys.signing, "ceiba v1 join request");
        }),
        wrong("wrong-label-of-request-admission", &|it| {
            signed_request(it, joiner, "ceiba v1 admission");
        }),
        // The ticket's proof is for this circle, organisation and manifest.
        wrong("replayed-proof-admission", &|it| {
            let mut request = wire::JoinRequest::decode(it.request.as_slice()).unwrap();
            request.circle = vec![1; 32];
            it.request = request.encode_to_vec();
            signed_request(it, joiner, "ceiba v1 join request");
        }),
        wrong("wrong-ticket-admission", &|it| {
            let mut request = wire::JoinRequest::decode(it.request.as_slice()).unwrap();
            request.invite = SigningKey::from_bytes(&[201; 32]).verifying_key().to_bytes().to_vec();
            it.request = request.encode_to_vec();
            signed_request(it, joiner, "ceiba v1 join request");
        }),
    ]
}
