//! Rows as people write them by mistake, each with the row of the list before which it stands.

/// Mistakes of the Spanish list.
pub(super) const SPANISH_MISTAKES: [(usize, &str); 8] = [
    (
        30,
        "S-9001,,Caso sintético: sin fecha,por confirmar,CO,Cauca,Villa Maqueta,,,,,,amenaza,,,,,,SINTÉTICO: fecha ilegible.,,,,,Ejemplo\n",
    ),
    (
        60,
        "S-9002,,Caso sintético: sin hecho,2023-04-01,CO,Cauca,Villa Maqueta,,,,,,,,,,,,SINTÉTICO: falta el hecho.,,,,,Ejemplo\n",
    ),
    (
        75,
        "S-0010,,Caso sintético: número repetido,2023-04-02,CO,Cauca,,,,,,,amenaza,,,,,,SINTÉTICO: el número ya existe.,,,,,Ejemplo\n",
    ),
    (
        90,
        "S-9003,,Caso sintético: columna de más,2023-04-03,CO,Cauca,,,,,,,amenaza,,,,,,SINTÉTICO: una coma, sin comillas.,,,,,Ejemplo\n",
    ),
    (110, ",,,,,,,,,,,,,,,,,,,,,,,\n"),
    (
        120,
        "S-9004,,Caso sintético: país sin escribir,2023-04-05,,Cauca,,,,,,,amenaza,,,,,,SINTÉTICO: falta el país.,,,,,Ejemplo\n",
    ),
    // These two come in, with a warning.
    (
        130,
        "S-9005,,Caso sintético 149: amenaza,2023-02-30,CO,Cauca,Villa Maqueta,,,,,,amenaza,,,,Fuente sintética 149.1,prensa,SINTÉTICO: nada de esto ocurrió; el 30 de febrero no existe.,,,,,Ejemplo\n",
    ),
    (
        140,
        "S-9006,,Caso sintético 150: amenaza,2023-03-30,PE,Comarca Pintada,Puerto Quimera,,otro,,,,amenaza,,,pesca submarina,Fuente sintética 150.1,rumor,SINTÉTICO: nada de esto ocurrió; departamento y otras palabras que nadie conoce.,,,,,Ejemplo\n",
    ),
];

/// Mistakes of the Portuguese list.
pub(super) const PORTUGUESE_MISTAKES: [(usize, &str); 2] = [
    (
        20,
        "901;31/04/23;PA;;;ameaça;;;;;;;;;;;SINTÉTICO: ano com dois algarismos.;;;;Caso sintético: ano curto;\n",
    ),
    (
        35,
        "902;01/04/2023;PA;;;boato;;;;;;;;;;;SINTÉTICO: violação desconhecida.;;;;Caso sintético: boato;\n",
    ),
];
