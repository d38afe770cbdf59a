//! The views: one for each line of the coalition's programme, by name.

mod campaigns;
mod decisions;
mod elements;
mod government;
mod groups;
mod ifi;
mod lessons;
mod mechanisms;
mod meetings;
mod messages;
mod national;
mod needs;
mod opportunities;
mod pilots;
mod platforms;
mod priorities;
mod protocols;
mod reach;
mod resources;
mod sources;
mod stories;
mod strategies;
mod targets;
mod typology;
mod uses;

use super::{inputs::Inputs, tasks::tasks};
use crate::{
    api::board_views::{Page, Sheet},
    model::board::CardKind,
};

/// One view.
#[derive(Clone, Copy)]
pub struct ViewSpec {
    /// Its name.
    pub name: &'static str,
    /// The kinds of cards that it is about; none: all.
    pub kinds: &'static [CardKind],
    make: fn(&Inputs) -> Vec<Sheet>,
}

impl std::fmt::Debug for ViewSpec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

const fn spec(
    name: &'static str,
    kinds: &'static [CardKind],
    make: fn(&Inputs) -> Vec<Sheet>,
) -> ViewSpec {
    ViewSpec { name, kinds, make }
}

/// All views, in the order of the programme.
pub static VIEWS: [ViewSpec; 26] = [
    spec("meetings", &[CardKind::StrategyMeeting], meetings::view),
    spec("opportunities", &[CardKind::Opportunity], opportunities::view),
    spec("targets", &[CardKind::Target], targets::view),
    spec("messages", &[CardKind::JointMessage], messages::view),
    spec("protocols", &[CardKind::Protocol], protocols::view),
    spec("groups", &[CardKind::WorkingGroup], groups::view),
    spec("stories", &[CardKind::Story], stories::view),
    spec("typology", &[CardKind::TypologyProposal], typology::view),
    spec("sources", &[CardKind::DataSourceReview], sources::view),
    spec("platforms", &[CardKind::PlatformReview], platforms::view),
    spec("strategies", &[CardKind::DataStrategy], strategies::view),
    spec("national-groups", &[CardKind::NationalGroup], national::view),
    spec("uses", &[CardKind::DataUse], uses::view),
    spec("lessons", &[CardKind::Lesson], lessons::view),
    spec("alert-elements", &[CardKind::AlertElement], elements::view),
    spec("government", &[CardKind::GovReport], government::view),
    spec("needs", &[CardKind::InformationNeed], needs::view),
    spec("reach", &[CardKind::ReachCheck], reach::view),
    spec("resources", &[CardKind::ResourceAssessment], resources::view),
    spec("mechanisms", &[CardKind::MechanismAssessment], mechanisms::view),
    spec("pilots", &[CardKind::PilotSite], pilots::view),
    spec("who-does-what", &[CardKind::Priority, CardKind::PartnerOffer], priorities::view),
    spec("ifi", &[CardKind::IfiItem], ifi::view),
    spec("campaigns", &[CardKind::Campaign], campaigns::view),
    spec("decisions", &[CardKind::Decision], decisions::view),
    spec("tasks", &[CardKind::Action], |inputs| vec![tasks(inputs)]),
];

/// A view by its name; none if there is no such.
#[must_use]
pub fn view(name: &str, inputs: &Inputs) -> Option<Page> {
    let spec = VIEWS.iter().find(|spec| spec.name == name)?;
    let (view, as_of) = (spec.name.to_owned(), inputs.today.to_string());
    Some(Page { view, as_of, sheets: (spec.make)(inputs) })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::board::{
        inputs::READS,
        kit::{board, card},
    };

    #[test]
    fn every_kind_has_a_view_and_every_view_is_well_formed_without_cards() {
        let seen: BTreeSet<CardKind> = VIEWS.iter().flat_map(|spec| spec.kinds).copied().collect();
        let missing: Vec<CardKind> = CardKind::all().filter(|kind| !seen.contains(kind)).collect();
        assert!(missing.is_empty(), "{missing:?}");
        for spec in &VIEWS {
            let page = view(spec.name, &board()).unwrap();
            let names: BTreeSet<&str> =
                page.sheets.iter().map(|sheet| sheet.name.as_str()).collect();
            assert_eq!(names.len(), page.sheets.len(), "{}", spec.name);
            assert!(!page.sheets.is_empty());
        }
        assert!(view("nothing", &board()).is_none());
    }

    #[test]
    fn the_links_of_a_card_are_read_a_few_times_however_many_cards_there_are() {
        let kinds = [
            CardKind::WorkingGroup,
            CardKind::StrategyMeeting,
            CardKind::Campaign,
            CardKind::Story,
            CardKind::JointMessage,
            CardKind::Decision,
        ];
        let mut inputs = board();
        let good = "title=t,global=yes,use/advocacy=yes,countries/co=yes,consent_on=2026-01-01";
        inputs.cards =
            (0..250).map(|it| card(it, kinds[usize::from(it) % kinds.len()], good)).collect();
        for name in ["groups", "meetings", "campaigns", "stories"] {
            READS.set(0);
            assert!(view(name, &inputs).is_some());
            assert!(READS.get() <= 6 * inputs.cards.len(), "{name}: {}", READS.get());
        }
    }
}
