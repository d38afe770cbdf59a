//! Which departments, provinces, regions and states have a border. Our own table; borders between
//! countries are not in it, because a claim says its country.

/// A subdivision and those that it has a border with, without the country.
type Borders = &'static [(&'static str, &'static str)];

const COLOMBIA: Borders = &[
    ("AMA", "CAQ PUT VAU"),
    ("ANT", "BOL BOY CAL CHO COR RIS SAN SUC"),
    ("ARA", "BOY CAS NSA VID"),
    ("ATL", "BOL MAG"),
    ("BOL", "ANT ATL CES COR MAG SAN SUC"),
    ("BOY", "ANT ARA CAL CAS CUN NSA SAN"),
    ("CAL", "ANT BOY CUN RIS TOL"),
    ("CAQ", "AMA CAU GUV HUI MET PUT VAU"),
    ("CAS", "ARA BOY CUN MET VID"),
    ("CAU", "CAQ HUI NAR PUT TOL VAC"),
    ("CES", "BOL LAG MAG NSA SAN"),
    ("CHO", "ANT RIS VAC"),
    ("COR", "ANT BOL SUC"),
    ("CUN", "BOY CAL CAS DC HUI MET TOL"),
    ("DC", "CUN HUI MET"),
    ("GUA", "GUV MET VAU VID"),
    ("GUV", "CAQ GUA MET VAU VID"),
    ("HUI", "CAQ CAU CUN DC MET TOL"),
    ("LAG", "CES MAG"),
    ("MAG", "ATL BOL CES LAG"),
    ("MET", "CAQ CAS CUN DC GUA GUV HUI VID"),
    ("NAR", "CAU PUT"),
    ("NSA", "ARA BOY CES SAN"),
    ("PUT", "AMA CAQ CAU NAR"),
    ("QUI", "RIS TOL VAC"),
    ("RIS", "ANT CAL CHO QUI TOL VAC"),
    ("SAN", "ANT BOL BOY CES NSA"),
    ("SAP", ""),
    ("SUC", "ANT BOL COR"),
    ("TOL", "CAL CAU CUN HUI QUI RIS VAC"),
    ("VAC", "CAU CHO QUI RIS TOL"),
    ("VAU", "AMA CAQ GUA GUV"),
    ("VID", "ARA CAS GUA GUV MET"),
];

const ECUADOR: Borders = &[
    ("A", "F G L O S Z"),
    ("B", "G H R T X"),
    ("C", "E I U"),
    ("D", "N U Y"),
    ("E", "C I M P SD"),
    ("F", "A G H S"),
    ("G", "A B F H M O R SE"),
    ("H", "B F G S T"),
    ("I", "C E P U"),
    ("L", "A O Z"),
    ("M", "E G P R SD SE"),
    ("N", "D P T U X Y"),
    ("O", "A G L"),
    ("P", "E I M N R SD U X"),
    ("R", "B G M P SD X"),
    ("S", "A F H T Y Z"),
    ("SD", "E M P R X"),
    ("SE", "G M"),
    ("T", "B H N S X Y"),
    ("U", "C D I N P"),
    ("W", ""),
    ("X", "B N P R SD T"),
    ("Y", "D N S T"),
    ("Z", "A L S"),
];

const PERU: Borders = &[
    ("AMA", "CAJ LAL LOR SAM"),
    ("ANC", "HUC LAL LIM"),
    ("APU", "ARE AYA CUS"),
    ("ARE", "APU AYA CUS ICA MOQ PUN"),
    ("AYA", "APU ARE CUS HUV ICA JUN"),
    ("CAJ", "AMA LAL LAM PIU"),
    ("CAL", "LIM LMA"),
    ("CUS", "APU ARE AYA JUN MDD PUN UCA"),
    ("HUC", "ANC LAL LIM LOR PAS SAM UCA"),
    ("HUV", "AYA ICA JUN LIM"),
    ("ICA", "ARE AYA HUV LIM"),
    ("JUN", "AYA CUS HUV LIM PAS UCA"),
    ("LAL", "AMA ANC CAJ HUC LAM SAM"),
    ("LAM", "CAJ LAL PIU"),
    ("LIM", "ANC CAL HUC HUV ICA JUN LMA PAS"),
    ("LMA", "CAL LIM"),
    ("LOR", "AMA HUC SAM UCA"),
    ("MDD", "CUS PUN UCA"),
    ("MOQ", "ARE PUN TAC"),
    ("PAS", "HUC JUN LIM UCA"),
    ("PIU", "CAJ LAM TUM"),
    ("PUN", "ARE CUS MDD MOQ TAC"),
    ("SAM", "AMA HUC LAL LOR"),
    ("TAC", "MOQ PUN"),
    ("TUM", "PIU"),
    ("UCA", "CUS HUC JUN LOR MDD PAS"),
];

const BRAZIL: Borders = &[
    ("AC", "AM RO"),
    ("AL", "BA PE SE"),
    ("AM", "AC MT PA RO RR"),
    ("AP", "PA"),
    ("BA", "AL ES GO MG PE PI SE TO"),
    ("CE", "PB PE PI RN"),
    ("DF", "GO MG"),
    ("ES", "BA MG RJ"),
    ("GO", "BA DF MG MS MT TO"),
    ("MA", "PA PI TO"),
    ("MG", "BA DF ES GO MS RJ SP"),
    ("MS", "GO MG MT PR SP"),
    ("MT", "AM GO MS PA RO TO"),
    ("PA", "AM AP MA MT RR TO"),
    ("PB", "CE PE RN"),
    ("PE", "AL BA CE PB PI"),
    ("PI", "BA CE MA PE TO"),
    ("PR", "MS SC SP"),
    ("RJ", "ES MG SP"),
    ("RN", "CE PB"),
    ("RO", "AC AM MT"),
    ("RR", "AM PA"),
    ("RS", "SC"),
    ("SC", "PR RS"),
    ("SE", "AL BA"),
    ("SP", "MG MS PR RJ"),
    ("TO", "BA GO MA MT PA PI"),
];

fn borders(country: &str) -> Borders {
    match country {
        "CO" => COLOMBIA,
        "EC" => ECUADOR,
        "PE" => PERU,
        "BR" => BRAZIL,
        _unknown => &[],
    }
}

/// Whether two subdivisions of one country have a border.
#[must_use]
pub fn are_neighbours(one: &str, other: &str) -> bool {
    let (Some((country, one)), Some((other_country, other))) =
        (one.split_once('-'), other.split_once('-'))
    else {
        return false;
    };
    country == other_country
        && borders(country)
            .iter()
            .find(|(code, _)| *code == one)
            .is_some_and(|(_, beside)| beside.split(' ').any(|it| it == other))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::registry::place::subdivisions;

    #[test]
    fn a_border_has_two_sides_and_every_subdivision_is_there_once() {
        for country in ["CO", "EC", "PE", "BR"] {
            let named: Vec<String> =
                borders(country).iter().map(|(code, _)| format!("{country}-{code}")).collect();
            let known: Vec<&str> = subdivisions(country).iter().map(|it| it.code).collect();
            assert_eq!(named, known);
            for (code, beside) in borders(country) {
                for other in beside.split(' ').filter(|other| !other.is_empty()) {
                    let (one, other) = (format!("{country}-{code}"), format!("{country}-{other}"));
                    assert!(known.contains(&other.as_str()), "{other}");
                    assert!(are_neighbours(&other, &one), "{one} {other}");
                }
            }
        }
        assert!(!are_neighbours("CO-AMA", "PE-AMA") && !are_neighbours("CO-CAU", "CO-CAU"));
    }
}
