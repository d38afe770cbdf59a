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
        let invite = Request::InviteCreate {
            coalition: Some(coalition.to_owned()),
            expires_in: 3600,
            steward: false,
        };
        let Answer::Invite(invite) = self.ask(invite).unwrap() else { panic!() };
        let ticket = invite.ticket.unwrap();
        let request = guest.ask(Request::JoinRequest { ticket }).unwrap();
        let Answer::JoinFile(request) = request else { panic!() };
        let answer = self.ask(Request::InviteAnswer { request: request.text }).unwrap();
        let Answer::JoinFile(answer) = answer else { panic!() };
        guest.ask(Request::JoinComplete { answer: answer.text }).unwrap();
        self.meet(guest);
        // Each has presented itself then.
        for partner in [&mut *self, &mut *guest] {
            let circles: Vec<CircleId> = partner.node.replica.circle_ids().collect();
            for circle in circles {
                partner.node.present_in(&circle);
            }
            partner.node.settle();
        }
        self.meet(guest);
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

/// Two organisations in one coalition.
pub(super) fn two() -> (Partner, Partner) {
    let (mut one, mut other) = (Partner::new("Vereda"), Partner::new("Casa"));
    one.found("Alianza");
    one.admit("Alianza", &mut other);
    (one, other)
}
