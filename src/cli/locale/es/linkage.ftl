## Relatos de un mismo hecho, y vínculos entre incidentes.

# Candidatos
no-candidates = No hay candidatos: nada de lo que hay aquí parece ser dos relatos de un hecho que nadie haya juzgado.
candidates-of-total = { $shown } de { $total }, primero los más fuertes; ver más con --limit
candidates-next = Juzgarlos con `ceiba cluster same ID ID` o `ceiba cluster not-same ID ID`.
candidate-strong = fuerte
candidate-likely = probable
candidate-possible = posible

# Por qué
reason-name = víctima { $first } = { $second }: los nombres coinciden según { $by } (partes: { $parts })
reason-name-more = uno tiene partes que el otro no tiene
reason-name-differs = una parte difiere
reason-alias = coincide un alias
reason-sex-differs = el sexo difiere
reason-birth-agrees = coincide el año de nacimiento
reason-birth-differs = el año de nacimiento difiere
by-names = los nombres
by-tokens = sus fichas
part-exact = igual
part-sound = suena igual
part-typo = casi igual
part-initial = solo la inicial
reason-no-name = ningún nombre que se pueda comparar
reason-same-day = el mismo día
reason-days-apart = { $days ->
        [one] { $days } día de diferencia
       *[other] { $days } días de diferencia
    }
reason-within = el mismo tiempo, hasta donde se sabe ({ $precision })
reason-near = { $days ->
        [one] { $days } día entre las fechas
       *[other] { $days } días entre las fechas
    }
reason-wide = el mismo tiempo, pero conocido solo a grandes rasgos ({ $precision })
reason-date-unknown = no se conoce una fecha
reason-municipality = el mismo municipio
reason-municipality-alias = el mismo municipio con dos nombres
reason-admin1 = ambos en { $admin1 }; uno no dice el municipio
reason-other-municipality = ambos en { $admin1 }, en municipios distintos
reason-neighbours = { $one } y { $other } son vecinos
reason-place-unknown = no se conoce un lugar
reason-same-violation = la misma violación: { $label }
reason-same-family = violaciones de una familia: { $family }
reason-related = violaciones que suelen contarse de un mismo hecho
reason-acts-unknown = no se conoce una violación
reason-territory = el mismo territorio
reason-sex = el mismo sexo
reason-age = el mismo grupo de edad
reason-role = el mismo papel: { $label }
reason-sector = el mismo sector: { $label }
reason-unit = la misma unidad: { $label }
reason-group-size = los tamaños de los grupos se cruzan
reason-as-many = el mismo número de víctimas: { $victims }
reason-part-of = { $part } puede ser parte de { $whole }, que habla de varias víctimas

# Juicios y grupos
judgement-of = { $org }: { $first } y { $second }: { $verdict } ({ $at })
judgement-victims = víctimas { $pairs }
judgement-written = Escrito en { $circles }
event-has-claims = { $claims ->
        [one] Hecho { $event }: { $claims } relato
       *[other] Hecho { $event }: { $claims } relatos
    }
no-clusters = No hay grupos. `ceiba cluster candidates` propone pares para juzgar.
contested = En disputa
contested-pair = { $first } y { $second } son un hecho para { $same }; { $one } y { $other } son dos para { $against }: no se unen
persons-of-event = Personas
judgements = Juicios
other-values = Otros dicen

# Vínculos
no-links = No hay vínculos.
link-key = Clave
link-type = Vínculo
link-to = Con
link-note = Por qué
link-unreadable = (no se puede leer aquí)
