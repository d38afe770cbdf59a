//! What decides about a circle.

use ceiba::{
    crypto::Signed,
    membership::{
        Accusation, Admission, Approval, Change, CutOff, OrgRole, Proposal, RootApproval,
        Suspension, SuspensionTarget, VerifiedStatement,
    },
    model::{
        id::{EntryHash, InviteId, Lane, StatementId},
        limits::MAX_STATEMENT_BYTES,
        time::Timestamp,
    },
    wire::membership as wire,
};
use ed25519_dalek::{Signer, SigningKey};
use prost::Message;
use serde_json::json;

use super::{
    WEAK_KEY, World, body, common_twists, context, kind, label, read, rightly, says, signed, told,
    world,
};
use crate::vectors::{Vector, check, hex, invalid, oversize, signed_bytes, twist::shorten, valid};

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
