//! Asks the specification and the code the same.

use std::collections::{BTreeMap, BTreeSet};

use ceiba::{
    membership::{
        InviteState, Membership, OrgRole, StatementKind, StatementSet, VerifiedStatement, resolve,
    },
    model::id::{CircleId, Lane, LogId},
};

use super::{
    cast::{Cast, DEVICES, ORGS},
    moves::log_of,
    spec::{DeviceTold, OrgTold, Spec, Statements, Told},
};

/// The code's set with these statements.
pub(super) fn real_set<'a>(
    circle: CircleId,
    statements: impl IntoIterator<Item = &'a VerifiedStatement>,
) -> StatementSet {
    let mut set = StatementSet::new(circle);
    for statement in statements {
        set.insert(statement.clone());
    }
    set
}

/// What the code says, in the specification's words.
pub(super) fn told_by_code(membership: &Membership, set: &Statements) -> Told {
    let proposals = set.iter().filter(|(_, it)| it.kind() == StatementKind::Proposal);
    let decisions =
        proposals.map(|(id, _)| id).filter_map(|id| Some((*id, membership.decision(id)?.strong)));
    let tickets = membership.invites().iter().map(|(id, it)| {
        let adopted = match it.state {
            InviteState::Adopted(admission) => Some(admission),
            InviteState::Open | InviteState::Revoked => None,
        };
        (*id, (it.state == InviteState::Revoked, adopted))
    });
    let orgs = membership.orgs().iter().map(|(org, it)| {
        let told = OrgTold {
            is_in: membership.is_member(org),
            steward: membership.is_member(org) && it.role == OrgRole::Steward,
            votes: it.votes,
            dormant: it.dormant,
            voteless: it.voteless,
            suspended: it.suspended,
            removed_by: it.removed_by.clone(),
            admission: it.admission,
            manifest: it.manifest,
        };
        (*org, told)
    });
    let devices = membership.devices().map(|(device, _)| {
        let told = DeviceTold {
            active: membership.is_active(device),
            reads: membership.may_read(device),
            writes: membership.may_write(device),
            confers: membership.may_confer(device),
        };
        (*device, told)
    });
    Told {
        path: membership.path().to_vec(),
        decisions: decisions.collect(),
        voters: membership.electors(),
        needed: if membership.electors().is_empty() { 0 } else { membership.needed() },
        policy: membership.policy(),
        glass: membership.break_glass().clone(),
        tickets: tickets.collect(),
        suspensions: membership.suspensions().map(|(id, _)| *id).collect::<BTreeSet<_>>(),
        orgs: orgs.collect::<BTreeMap<_, _>>(),
        devices: devices.collect(),
    }
}

/// Where specification and code say the same of a set.
pub(super) fn compare(cast: &Cast, circle: CircleId, set: &Statements) -> Result<(), String> {
    let spec = Spec::read(circle, set);
    let membership = resolve(&real_set(circle, set.values()));
    let (spec_told, code_told) = (spec.tell(), told_by_code(&membership, set));
    if spec_told != code_told {
        let (spec_text, code_text) = (format!("{spec_told:#?}"), format!("{code_told:#?}"));
        return Err(explain(cast, set, &difference(&spec_text, &code_text)));
    }
    for (org, device) in (0..ORGS).flat_map(|org| (0..DEVICES).map(move |it| (org, it))) {
        let record = log_of(cast, org, device);
        // Of a lane that no list names, the role alone decides.
        for log in [record, LogId { lane: Lane::Control, ..record }] {
            let (one, other) = (spec.limit(&log), membership.cut_off(&log));
            if one != other {
                let text = format!("log of device {org}.{device}: spec {one:?}, code {other:?}");
                return Err(explain(cast, set, &text));
            }
        }
    }
    Ok(())
}

/// The lines that differ, each with where it stands.
fn difference(spec: &str, code: &str) -> String {
    let (spec, code): (Vec<_>, Vec<_>) = (spec.lines().collect(), code.lines().collect());
    let same = spec.iter().zip(&code).take_while(|(one, other)| one == other).count();
    let context = spec[..same].iter().rev().take(12).rev();
    let rest = |lines: &[&str]| {
        lines[same..].iter().take(14).map(|line| format!("    {line}\n")).collect::<String>()
    };
    let context: String = context.map(|line| format!("  {line}\n")).collect();
    format!("{context}specification:\n{}code:\n{}", rest(&spec), rest(&code))
}

/// With names in place of hashes, and the statements.
pub(super) fn explain(cast: &Cast, set: &Statements, text: &str) -> String {
    let mut text = format!("{text}\nstatements:\n");
    for (id, statement) in set {
        let value = match statement {
            VerifiedStatement::Manifest(it) => {
                let core = it.value().core();
                let devices: Vec<_> = core.devices.iter().map(|it| it.device).collect();
                let revoked: Vec<_> = core.revocations.iter().map(|it| it.device).collect();
                format!(
                    "Manifest {:?} after {:?} root {:?} devices {devices:?} revokes {revoked:?}",
                    core.org,
                    core.previous,
                    &core.root[..2]
                )
            }
            VerifiedStatement::Genesis(it) => format!("{:?}", it.value().stewards),
            VerifiedStatement::Proposal(it) => format!("{:?}", it.value()),
            VerifiedStatement::Approval(it) => format!("{:?}", it.value()),
            VerifiedStatement::RootApproval(it) => format!("{:?}", it.value()),
            VerifiedStatement::Admission(it) => {
                format!(
                    "Admission {:?} by {:?} {:?}",
                    it.value().request(),
                    it.value().org,
                    it.value().device
                )
            }
            VerifiedStatement::Suspension(it) => format!("{:?}", it.value()),
        };
        text.push_str(&format!("{id:?} = {value}\n"));
    }
    for (hash, name) in cast.names(set) {
        text = text.replace(&format!("({hash})"), &format!("({name})"));
    }
    text
}
