//! Joining a coalition: the request, its answer, and the same by files.

use prost::Message;

use crate::{
    api::{Answer, ApiError, ErrorKind, answer},
    crypto::Signed,
    membership::{JoinRequest, VerifiedStatement},
    model::id::{CircleId, InviteId, OrgId},
    net::TransportKey,
    node::{
        Node, clock, errors,
        ticket::{self, Ticket, TicketError},
    },
    wire::ticket as wire,
};

/// Bytes of an answer that goes over the network; a file carries all statements.
const MAX_ANSWER_FRAME_BYTES: usize = 192 * 1024;

impl From<TicketError> for ApiError {
    fn from(error: TicketError) -> Self {
        errors::usage(error.to_string())
            .hint("copy it again completely, from the first character to the last")
    }
}

impl Node {
    /// A request to join with a ticket, and where to bring it.
    pub(in crate::node) fn join_request(
        &self,
        text: &str,
    ) -> Result<(CircleId, Vec<String>, Vec<u8>), ApiError> {
        let ticket = Ticket::parse(text)?;
        if ticket.expires <= clock::now() {
            return Err(errors::refused(format!("the ticket expired at {}", ticket.expires))
                .hint("ask the inviter for a new one"));
        }
        if ticket.inviter == self.org() {
            return Err(errors::usage("this ticket was made by your own organisation")
                .hint("hand it to the organisation that is to join"));
        }
        let own = self.org();
        let manifest = self.known(&self.own.private)?.org(&own).and_then(|it| it.manifest);
        let manifest = manifest.ok_or_else(|| errors::internal("there is no own manifest"))?;
        let request = self.author().ask_to_join(ticket.circle, &ticket.key(), manifest)?;
        let manifests = self.own_manifests();
        let message = wire::Request {
            request: request.signed().body().to_vec(),
            signature: request.signed().signature().to_vec(),
            manifests: manifests.iter().map(VerifiedStatement::encode).collect(),
        };
        Ok((ticket.circle, ticket.addresses, message.encode_to_vec()))
    }

    /// Answers a request to join that came over the network.
    pub(in crate::node) fn answer_join(&mut self, from: &TransportKey, bytes: &[u8]) -> Vec<u8> {
        let answer = self.admit(bytes, MAX_ANSWER_FRAME_BYTES).unwrap_or_else(|error| {
            let peer = crate::net::peer_id(from).unwrap_or_default();
            tracing::warn!(%peer, reason = error.message, "refused a request to join");
            wire::Answer { refusal: error.message, ..wire::Answer::default() }
        });
        answer.encode_to_vec()
    }

    /// Countersigns a request to join, and says by which statements the coalition is known.
    fn admit(&mut self, bytes: &[u8], max_bytes: usize) -> Result<wire::Answer, ApiError> {
        let (circle, org) = self.admit_request(bytes)?;
        Ok(self.join_answer(&circle, &org, max_bytes))
    }

    /// Countersigns a request to join; who is in which coalition by it.
    pub(super) fn admit_request(&mut self, bytes: &[u8]) -> Result<(CircleId, OrgId), ApiError> {
        let unreadable = || errors::usage("the request to join is not readable");
        let message = ticket::read_request(bytes).ok_or_else(unreadable)?;
        let signature = message.signature.as_slice().try_into().map_err(|_| unreadable())?;
        let request = Signed::<JoinRequest>::from_parts(message.request, signature)
            .verify()
            .map_err(|_refused| unreadable())?;
        let (circle, org) = (request.value().circle, request.value().org);
        if self.known(&circle).is_err() {
            return Err(errors::refused("the ticket is for a coalition that this node is not in"));
        }
        if self.has_joined(&circle, &request.value().invite, &org) {
            return Ok((circle, org));
        }
        // Before anything of a stranger is kept: its ticket is good.
        let admission = self.author().admit(self.known(&circle)?, request, clock::now())?;
        let admission_bytes = admission.encode();
        let mut statements = message.manifests;
        statements.retain(|bytes| is_manifest_of(bytes, &org));
        statements.push(admission_bytes);
        self.replica.keep_statements(&circle, statements);
        self.replica.check_journal()?;
        self.settle();
        if !self.known(&circle)?.is_member(&org) {
            return Err(errors::refused(
                "the request came without a manifest that certifies its device",
            ));
        }
        // At once: other members wait for a random while, so as not to grant the same.
        self.tend.remove(&circle);
        self.tend_circle(&circle);
        self.settle();
        Ok((circle, org))
    }

    /// Whether an organisation is in by this invite: then the first answer may have been lost, and
    /// it gets another.
    fn has_joined(&self, circle: &CircleId, invite: &InviteId, org: &OrgId) -> bool {
        self.known(circle).is_ok_and(|membership| {
            let decided = membership.invites().get(invite);
            membership.is_member(org)
                && decided.is_some_and(|it| it.inviter == self.org())
                && self.redeemer(membership, invite, decided) == Some(*org)
        })
    }

    /// Statements of a coalition for who joins it: those by which it and its inviter are known
    /// first, then as many of the others as fit; sync brings the rest.
    fn join_answer(&self, circle: &CircleId, org: &OrgId, max_bytes: usize) -> wire::Answer {
        let own = self.org();
        let (mut first, mut rest) = (Vec::new(), Vec::new());
        for statement in self.replica.statements(circle) {
            let early = matches!(statement, VerifiedStatement::Genesis(_))
                || statement.as_admission().is_some()
                || statement.as_manifest().is_some_and(|it| [own, *org].contains(&it.core().org));
            if early { &mut first } else { &mut rest }.push(statement.encode());
        }
        let mut bytes = 0;
        let fits = |statement: &Vec<u8>| {
            bytes += statement.len() + 8;
            bytes <= max_bytes
        };
        wire::Answer {
            circle: circle.as_bytes().to_vec(),
            statements: first.into_iter().chain(rest).take_while(fits).collect(),
            refusal: String::new(),
            addresses: self.listening.iter().cloned().collect(),
        }
    }

    /// Takes the inviter's answer: from here on the coalition is ours.
    /// With a ticket at hand, of that coalition and no other.
    pub(in crate::node) fn take_answer(
        &mut self,
        bytes: &[u8],
        wanted: Option<CircleId>,
    ) -> Result<CircleId, ApiError> {
        let unreadable =
            || ApiError::new(ErrorKind::Network, "the inviter's answer is not readable");
        let answer = ticket::read_answer(bytes).ok_or_else(unreadable)?;
        if !answer.refusal.is_empty() {
            let why: String =
                answer.refusal.chars().filter(|c| !c.is_control()).take(300).collect();
            return Err(errors::refused(format!("the inviter refused: {why}"))
                .hint("ask for a new ticket; an invite that waits for approvals can be used once it has them"));
        }
        let circle = CircleId::try_from(answer.circle.as_slice()).map_err(|_| unreadable())?;
        if wanted.is_some_and(|wanted| wanted != circle) {
            return Err(errors::refused("the answer is for another coalition than the ticket"));
        }
        let known = self.replica.membership(&circle).is_some();
        if !known {
            // Nothing is kept of a coalition that we turn out not to be in.
            let member = crate::replica::would_be_member(&circle, &answer.statements, &self.org());
            if !member {
                return Err(errors::refused("the answer does not make this organisation a member"));
            }
            self.replica.take_up(circle);
        }
        self.replica.keep_statements(&circle, answer.statements);
        self.replica.check_journal()?;
        self.settle();
        for address in answer.addresses.iter().take(ticket::MAX_ADDRESSES) {
            if let Err(error) = self.remember_address(address) {
                tracing::debug!(message = error.message, "an address of the inviter is not usable");
            }
        }
        self.let_members_in();
        Ok(circle)
    }

    pub(super) fn join_request_file(&self, text: &str) -> Result<Answer, ApiError> {
        let (_circle, _addresses, bytes) = self.join_request(text)?;
        Ok(Answer::JoinFile(answer::JoinFile {
            text: ticket::file_text(&bytes),
            next:
                "bring this file to the inviter, who runs `ceiba invite answer FILE --out ANSWER`; \
                   then run `ceiba join --answer ANSWER` here"
                    .to_owned(),
        }))
    }

    pub(super) fn answer_join_file(&mut self, text: &str) -> Result<Answer, ApiError> {
        let bytes = ticket::file_bytes(text)?;
        let answer = self.admit(&bytes, ticket::MAX_JOIN_FILE_BYTES / 2)?;
        Ok(Answer::JoinFile(answer::JoinFile {
            text: ticket::file_text(&answer.encode_to_vec()),
            next: "bring this file back; there, run `ceiba join --answer FILE`".to_owned(),
        }))
    }

    pub(super) fn join_complete_file(&mut self, text: &str) -> Result<Answer, ApiError> {
        let bytes = ticket::file_bytes(text)?;
        let circle = self.take_answer(&bytes, None)?;
        Ok(Answer::Joined(self.joined(&circle)))
    }

    /// What was joined, and what still has to come.
    pub(in crate::node) fn joined(&self, circle: &CircleId) -> answer::Joined {
        answer::Joined {
            coalition: *circle,
            name: self.circle_name(circle),
            members: self.members(circle),
            waiting: self.waiting_in(circle),
        }
    }
}

fn is_manifest_of(bytes: &[u8], org: &OrgId) -> bool {
    let statement = VerifiedStatement::decode(bytes).ok();
    let manifest = statement.as_ref().and_then(VerifiedStatement::as_manifest);
    manifest.is_some_and(|it| it.core().org == *org)
}
