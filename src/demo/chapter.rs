//! What happens, in order.

mod edit;
mod found;
mod import;
mod plan;
mod remove;
mod restart;
mod share;

use crate::{api::ApiError, demo::world::World};

/// One part of the story.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chapter {
    Found,
    JoinFirst,
    JoinSecond,
    MakeCircle,
    Import,
    Share,
    ShareOwn,
    CheckNames,
    EditApart,
    Settle,
    WriteTogether,
    Drill,
    Remove,
    WriteAfter,
    Look,
    Restart,
    AtRest,
}

impl Chapter {
    /// All chapters in their order.
    pub(super) const ALL: [Self; 17] = [
        Self::Found,
        Self::JoinFirst,
        Self::JoinSecond,
        Self::MakeCircle,
        Self::Import,
        Self::Share,
        Self::ShareOwn,
        Self::CheckNames,
        Self::EditApart,
        Self::Settle,
        Self::WriteTogether,
        Self::Drill,
        Self::Remove,
        Self::WriteAfter,
        Self::Look,
        Self::Restart,
        Self::AtRest,
    ];

    /// What it does, for the display of progress and for errors.
    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Found => "founding a coalition",
            Self::JoinFirst => "the first partner joins",
            Self::JoinSecond => "the second partner joins",
            Self::MakeCircle => "making a circle of two",
            Self::Import => "importing a list",
            Self::Share => "sharing what consent allows",
            Self::ShareOwn => "the others record and share too",
            Self::CheckNames => "looking for names where none may be",
            Self::EditApart => "editing one record apart",
            Self::Settle => "settling the conflict",
            Self::WriteTogether => "writing one statement together",
            Self::Drill => "answering a drill",
            Self::Remove => "removing a partner",
            Self::WriteAfter => "writing what it may not read",
            Self::Look => "looking through each partner's eyes",
            Self::Restart => "stopping and starting again",
            Self::AtRest => "searching the files on disk",
        }
    }

    /// Does it, and checks it.
    pub(super) async fn play(self, world: &mut World) -> Result<(), ApiError> {
        match self {
            Self::Found => found::found(world).await,
            Self::JoinFirst => found::join_first(world).await,
            Self::JoinSecond => found::join_second(world).await,
            Self::MakeCircle => found::make_circle(world).await,
            Self::Import => import::import(world).await,
            Self::Share => share::share(world).await,
            Self::ShareOwn => share::share_own(world).await,
            Self::CheckNames => share::check_names(world).await,
            Self::EditApart => edit::edit_apart(world).await,
            Self::Settle => edit::settle(world).await,
            Self::WriteTogether => plan::write_together(world).await,
            Self::Drill => plan::drill(world).await,
            Self::Remove => remove::remove(world).await,
            Self::WriteAfter => remove::write_after(world).await,
            Self::Look => crate::demo::views::look(world).await,
            Self::Restart => restart::restart(world).await,
            Self::AtRest => restart::at_rest(world),
        }
    }
}
