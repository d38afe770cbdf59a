//! Texts as QR codes.

use qrcode::{EcLevel, QrCode, render::unicode::Dense1x2};

use crate::node::device::parts;

/// Capital letters and digits that a code of each version holds, from 1 on, with the least
/// correction of errors.
const CAPACITY: [usize; 25] = [
    25, 47, 77, 114, 154, 195, 224, 279, 335, 395, 468, 535, 619, 667, 758, 854, 938, 1046, 1153,
    1249, 1352, 1460, 1588, 1704, 1853,
];
/// Modules of the first version with its quiet border; each version has four more.
const LEAST_MODULES: usize = 29;
/// Codes that somebody takes pictures of, one after the other.
const MAX_PICTURES: usize = 12;
/// Lines of a terminal beside a picture.
const OTHER_LINES: usize = 3;

/// A text as a QR code of half blocks; nothing if it is too long for one.
pub(crate) fn qr_code(text: &str) -> String {
    let code = QrCode::with_error_correction_level(text.as_bytes(), EcLevel::L);
    code.map(|code| {
        // Light modules are printed, so that it can be read on a dark terminal.
        let image = code
            .render::<Dense1x2>()
            .dark_color(Dense1x2::Light)
            .light_color(Dense1x2::Dark)
            .build();
        format!("\n{image}\n")
    })
    .unwrap_or_default()
}

/// A text in capitals as one QR code, or as several of which each is a part, so that each is seen
/// whole on a terminal of so many lines and columns; none if they would be too many.
pub(crate) fn qr_codes(text: &str, (lines, columns): (usize, usize)) -> Option<Vec<String>> {
    // Two modules share a line.
    let modules = columns.min(lines.saturating_sub(OTHER_LINES).saturating_mul(2));
    let versions = modules.checked_sub(LEAST_MODULES)? / 4;
    let room = CAPACITY.get(versions.min(CAPACITY.len() - 1))?;
    let parts = parts(text, *room).filter(|parts| parts.len() <= MAX_PICTURES)?;
    let all = parts.len();
    let picture = |(number, part): (usize, &String)| {
        let caption = if all > 1 { format!("\n{number}/{all}") } else { String::new() };
        format!("{caption}{}", qr_code(part))
    };
    Some((1_usize..).zip(&parts).map(picture).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_picture_fits_the_terminal() {
        for (lines, columns) in [(50, 120), (60, 200), (120, 300), (400, 100)] {
            let pictures = qr_codes(&"k".repeat(3000), (lines, columns)).unwrap();
            assert!(pictures.len() > 1, "{lines} × {columns}");
            for picture in pictures {
                assert!(picture.lines().count() <= lines, "{lines}: {}", picture.lines().count());
                assert!(picture.lines().all(|line| line.chars().count() <= columns));
            }
        }
        assert_eq!(qr_codes(&"k".repeat(300), (50, 120)).unwrap().len(), 1);
        assert_eq!(qr_codes(&"k".repeat(3000), (24, 80)), None);
        assert_eq!(qr_codes(&"k".repeat(100_000), (120, 300)), None);
        assert_eq!(qr_codes("k", (10, 10)), None);
    }
}
