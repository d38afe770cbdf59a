//! Statements: manifests, and what decides about a circle.

mod decision;
mod manifest;

use ceiba::{
    crypto::SignatureError,
    membership::{
        Change, CutOffs, Inserted, Manifest, Proposal, RefusedStatement, RootApproval,
        StatementError, StatementSet, SuspensionTarget, VerifiedStatement,
    },
    model::id::CircleId,
    wire::membership as wire,
};
use ed25519_dalek::{Signer, SigningKey};
use prost::Message;
use serde_json::{Value, json};

use super::{
    Reading, Vector, hex, invalid, labelled_hash, signed_bytes,
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
        VerifiedStatement::Manifest(it) => manifest_says(it.value()),
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

fn manifest_says(manifest: &Manifest) -> Value {
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
