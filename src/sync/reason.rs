//! Why a connection is closed.

/// Why a connection is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The peer speaks no version that we speak.
    #[error("the peer runs an incompatible version ({theirs}; ours is {ours}): update the older")]
    Version {
        /// Newest version that the peer speaks.
        theirs: u32,
        /// Newest version that we speak.
        ours: u32,
    },
    /// Nothing connects us: no circle in common, or no entitlement in any.
    #[error("no circle in common with the peer")]
    NothingInCommon,
    /// Nobody certified the peer's key, and it brought nothing that does.
    #[error("the peer is not a device of any partner that we know")]
    Stranger,
    /// The peer did not say hello in time.
    #[error("the peer did not begin the exchange in time")]
    NoHello,
    /// The peer did not give what it said it had.
    #[error("the peer made no progress")]
    NoProgress,
    /// The peer sent more than it may in a time.
    #[error("the peer sent more than the limit of {0} allows")]
    OverBudget(Budgeted),
    /// The peer sent something that an honest one does not send.
    #[error("the peer broke the protocol: {0}")]
    Violation(Violation),
    /// More connections than we hold.
    #[error("too many connections")]
    TooManyPeers,
    /// A newer connection to the same peer took over.
    #[error("replaced by a newer connection to the same peer")]
    Replaced,
}

/// What is limited for each peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Budgeted {
    /// Frames.
    Frames,
    /// Bytes of control frames.
    Bytes,
    /// Signatures to check.
    Signatures,
    /// Wants that are open.
    Wants,
}

impl std::fmt::Display for Budgeted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Frames => "frames",
            Self::Bytes => "bytes",
            Self::Signatures => "signatures",
            Self::Wants => "open requests",
        })
    }
}

/// What an honest peer does not send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// A frame that does not read or is too large.
    #[error("unreadable frame")]
    Frame,
    /// A frame that may not come at this point.
    #[error("frame out of turn")]
    OutOfTurn,
    /// Limits that are too small for the protocol.
    #[error("limits below the protocol's")]
    Limits,
    /// An answer that nobody asked for.
    #[error("unasked answer")]
    Unasked,
    /// Entries that their writer did not sign so.
    #[error("entries that do not verify")]
    Run,
    /// Statements that their signers did not sign so.
    #[error("statements that do not verify")]
    Statement,
    /// A proof that proves nothing.
    #[error("a proof that proves nothing")]
    Proof,
    /// A receipt that its device did not sign so.
    #[error("a receipt that does not verify")]
    Receipt,
}
