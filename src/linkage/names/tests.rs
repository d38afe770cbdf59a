//! Names as lists write them. Nobody of these lives.

use proptest::prelude::*;

use super::*;

fn level(one: &str, other: &str) -> NameLevel {
    match (PersonName::new(one, ""), PersonName::new(other, "")) {
        (Some(one), Some(other)) => one.compare(&other).level,
        _nobody => NameLevel::None,
    }
}

#[test]
fn one_person_written_in_two_ways() {
    for (one, other) in [
        ("María Fernanda Quispe Mamani", "MARIA FERNANDA QUISPE"),
        ("José de los Santos Yacelga Ruiz", "Jose Santos Yacelga Ruis"),
        ("João da Silva Sousa", "Joao Silva Souza"),
        ("Luis Alberto Bargas Peña", "Luiz Alberto Vargas Pena"),
        ("Ana Lucía de la Hoz Ibarra", "Ana Lucia Delahoz Ibarra"),
        ("Jhon Jairo Ceballos Ortiz", "John Jairo Zeballos Ortis"),
        ("Wilmer \"El Profe\" Caicedo Landázuri", "Wilmer Caicedo Landazuri, alias el profe"),
        ("Rosa Elvira Chindoy Jacanamijoy", "Rosa Elvira Chindoi Jacanamijoi"),
        ("Antônio Gonçalves Guimarães", "Antonio Gonsalves Guimaraes"),
    ] {
        assert_eq!(level(one, other), NameLevel::Full, "{one} / {other}");
        assert_eq!(level(other, one), NameLevel::Full, "{other} / {one}");
    }
    assert_eq!(level("Elena Tapuy", "ELENA TAPUI"), NameLevel::Short);
    assert_eq!(level("Elena Tapuy", "Elena Carmen Tapuy Grefa"), NameLevel::Partial);
    assert_eq!(level("E. Tapuy", "Elena Tapuy"), NameLevel::Weak);
    assert_eq!(level("Elena Tapuy Grefa", "Elena Tapuy Andi"), NameLevel::Weak);
}

#[test]
fn two_persons() {
    for (one, other) in [
        ("Elena Tapuy Grefa", "Marta Tapuy Grefa"),
        ("Juan Carlos Quispe", "Juan Carlos Mamani Condori"),
        ("Elena Tapuy", "Elena Grefa"),
        ("Carlos Yumbo Andi", "Camilo Yumbo Andi"),
    ] {
        assert_eq!(level(one, other), NameLevel::None, "{one} / {other}");
    }
}

#[test]
fn nobody_has_a_name() {
    for nobody in [
        "NN",
        "N.N.",
        "nn 2",
        "NN Pérez",
        "Sin identificar",
        "Hombre sin identificar",
        "No identificado",
        "não identificado",
        "Sem nome",
        "por identificar",
        "Desconocido",
        "menor de edad",
        "",
        " — ",
        "N/A",
    ] {
        assert!(PersonName::new(nobody, "").is_none(), "{nobody}");
    }
    for somebody in ["Noé Nina Sinchi", "Norma Porras", "Nancy Nonoya", "Simón Semanate"] {
        assert!(!PersonName::new(somebody, "").unwrap().parts().is_empty(), "{somebody}");
    }
}

#[test]
fn an_alias_is_found_however_it_is_written() {
    for text in [
        "Elena Tapuy (la Profe Lela)",
        "Elena Tapuy alias Lela",
        "Elena Tapuy «Lela»",
        "Elena Tapuy, conocida como Lela",
    ] {
        let name = PersonName::new(text, "").unwrap();
        assert_eq!(name.parts().len(), 2, "{text}");
        assert!(name.aliases().iter().any(|part| part.text() == "lela"), "{text}");
    }
    let beside = PersonName::new("", "Lela").unwrap();
    let named = PersonName::new("Elena Tapuy (Lela)", "").unwrap();
    assert_eq!(beside.compare(&named).level, NameLevel::Weak);
}

#[test]
fn debug_tells_no_name() {
    let name = PersonName::new("Elena Tapuy (Lela)", "").unwrap();
    let shown = format!("{name:?} {:?}", name.parts());
    assert!(!shown.to_lowercase().contains("tapuy") && !shown.to_lowercase().contains("lela"));
}

proptest! {
    #[test]
    fn any_text_is_read_and_a_name_agrees_with_itself_both_ways(one in "\\PC{0,60}", other in "[a-zñçé ]{0,40}") {
        let (one, other) = (PersonName::new(&one, &other), PersonName::new(&other, &one));
        if let (Some(one), Some(other)) = (one, other) {
            prop_assert_eq!(one.compare(&other).level, other.compare(&one).level);
            let own = one.compare(&one);
            prop_assert_eq!((own.only_first, own.only_second), (0, 0));
        }
    }
}
