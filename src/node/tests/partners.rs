//! Several organisations, each a node without a network; what sync would bring is carried by hand.

use tempfile::TempDir;

use super::{ask, devices, passphrase};
use crate::{
    api::{
        Answer, ApiError, Request,
        board::{CardDetail, CardRequest},
    },
    crypto::WorkFactor,
    model::id::CircleId,
    node::{
        Node,
        home::{self, InitOptions},
    },
};

/// A node of an organisation of its own.
pub(super) struct Partner {
    _folder: TempDir,
    pub(super) node: Node,
}

impl Partner {
    pub(super) fn new(name: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("home");
        let options = InitOptions {
            home: &path,
            org: name,
            device: "laptop",
            passphrase: &passphrase(),
            work: WorkFactor::LOWEST,
        };
        home::init(&options).unwrap();
        let node = Node::open(&path, &passphrase()).unwrap();
        Self { _folder: folder, node }
    }

    pub(super) fn found(&mut self, coalition: &str) -> CircleId {
        devices::coalition(&mut self.node, coalition)
    }

    /// Lets a guest into a coalition, by files.
    pub(super) fn admit(&mut self, coalition: &str, guest: &mut Self) {
        admit(&mut self.node, coalition, &mut guest.node);
    }

    pub(super) fn meet(&mut self, other: &mut Self) {
        devices::meet(&mut self.node, &mut other.node);
    }

    pub(super) fn ask(&mut self, request: Request) -> Result<Answer, ApiError> {
        ask(&mut self.node, request)
    }

    /// The card that an order about one gives.
    pub(super) fn card(&mut self, request: CardRequest) -> Result<CardDetail, ApiError> {
        match self.ask(Request::Card(request))? {
            Answer::Card(detail) => Ok(*detail),
            other => panic!("{other:?}"),
        }
    }
}

/// Lets a guest into a coalition, by files.
pub(super) fn admit(host: &mut Node, coalition: &str, guest: &mut Node) {
    let invite = Request::InviteCreate {
        coalition: Some(coalition.to_owned()),
        expires_in: 3600,
        steward: false,
    };
    let Answer::Invite(invite) = ask(host, invite).unwrap() else { panic!() };
    let request = Request::JoinRequest { ticket: invite.ticket.unwrap() };
    let Answer::JoinFile(request) = ask(guest, request).unwrap() else { panic!() };
    let answer = Request::InviteAnswer { request: request.text };
    let Answer::JoinFile(answer) = ask(host, answer).unwrap() else { panic!() };
    ask(guest, Request::JoinComplete { answer: answer.text }).unwrap();
    devices::meet(host, guest);
    // Each has presented itself then.
    for node in [&mut *host, &mut *guest] {
        let circles: Vec<CircleId> = node.replica.circle_ids().collect();
        for circle in circles {
            node.present_in(&circle);
        }
        node.settle();
    }
    devices::meet(host, guest);
}

/// Two organisations in one coalition.
pub(super) fn two() -> (Partner, Partner) {
    let (mut one, mut other) = (Partner::new("Vereda"), Partner::new("Casa"));
    one.found("Alianza");
    one.admit("Alianza", &mut other);
    (one, other)
}
