use super::*;
use crate::exchange::{Mapping, match_columns, read};

fn keyed(bytes: &[u8]) -> [u8; 32] {
    blake3::keyed_hash(&[4; 32], bytes).into()
}

fn suggested(csv: &str) -> (String, List) {
    let source = Source::from(csv.as_bytes());
    let reading = reading(&source, FileKind::Csv).unwrap();
    let list = List::open(source, FileKind::Csv, reading.clone()).unwrap();
    (mapping("Mi lista 2024", &list, &reading), list)
}

#[test]
fn a_list_in_each_language_is_recognised_and_its_mapping_imports() {
    let spanish = "Nº;Fecha del hecho;Departamento;Municipio;Víctima;Género;Tipo de agresión;Observación\n\
        1;03/05/2024;Cauca;Inzá;Ana Inventada;F;Amenaza;x\n";
    let portuguese = "código,data,estado,município,nome da vítima,sexo,tipo de violação\n\
        1,2024-05-03,Pará,Altamira,Ana Inventada,Feminino,assassinato\n";
    let english = "Case ID|Date of incident|Province|District|Victim name|Gender|Violation\n\
        1|2024-05-03|Cauca|X|Ana Inventada|F|killing\n";
    for csv in [spanish, portuguese, english] {
        let (text, list) = suggested(csv);
        let text = if csv == portuguese { text.replace("\"CO\"", "\"BR\"") } else { text };
        let mapping = Mapping::parse("suggested", &text).unwrap_or_else(|e| panic!("{e}\n{text}"));
        assert_eq!(mapping.name(), "mi-lista-2024");
        assert!(match_columns(&list, &mapping).unwrap().is_empty(), "{text}");
        let import = read(csv.as_bytes(), &mapping, &keyed).unwrap();
        assert_eq!(import.summary.rejected, 0, "{:?}\n{text}", import.rows);
        let record = &import.incidents[0].record;
        for path in ["date", "place/admin1", "place/admin2", "victims/1/name"] {
            assert!(record.text(path).is_some(), "{path}\n{text}");
        }
        assert_eq!(record.text("victims/1/sex_gender"), Some("female"));
        assert_ne!(record.text("acts/1/violation"), Some("unknown"));
    }
}

#[test]
fn hxl_tags_say_more_than_labels() {
    let (text, list) = suggested("A,B,C\n#meta+id,#date+occurred,#adm1+name\n1,2024,Cauca\n");
    assert!(!list.tags().is_empty());
    let mapping = Mapping::parse("t", &text).unwrap();
    let import =
        read(b"A,B,C\n#meta+id,#date+occurred,#adm1+name\n1,2024,Cauca\n", &mapping, &keyed);
    let import = import.unwrap();
    assert_eq!((import.summary.rows, import.summary.imported), (1, 1));
    assert_eq!(import.incidents[0].record.text("place/admin1"), Some("CO-CAU"));
}

#[test]
fn a_header_that_nobody_knows_still_gives_a_mapping() {
    let (text, _list) = suggested("x y,\"q\"\"uo\\te\",z\n1,2,3\n");
    let mapping = Mapping::parse("t", &text).unwrap();
    assert_eq!(mapping.ignored().collect::<Vec<_>>(), ["q\"uo\\te", "z"]);
}

proptest::proptest! {
    #[test]
    fn whatever_the_header_says_the_mapping_reads(names in proptest::collection::vec("\\PC{0,12}", 1..8)) {
        let mut writer = ::csv::Writer::from_writer(Vec::new());
        writer.write_record(&names).unwrap();
        let source = Source::from(writer.into_inner().unwrap().as_slice());
        let reading = Reading::default();
        if let Ok(list) = List::open(source, FileKind::Csv, reading.clone())
            && list.header().iter().any(|name| !name.is_empty())
            && !key(list.header()).is_empty()
        {
            let text = mapping("t", &list, &reading);
            if let Err(error) = Mapping::parse("t", &text) {
                panic!("{error}\n{text}");
            }
        }
    }
}
