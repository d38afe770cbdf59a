## Relatos de um mesmo fato, e vínculos entre incidentes.

# Candidatos
no-candidates = Não há candidatos: nada do que há aqui parece ser dois relatos de um fato que ninguém tenha julgado.
candidates-of-total = { $shown } de { $total }, primeiro os mais fortes; ver mais com --limit
candidates-next = Julgá-los com `ceiba cluster same ID ID` ou `ceiba cluster not-same ID ID`.
candidate-strong = forte
candidate-likely = provável
candidate-possible = possível

# Por quê
reason-name = vítima { $first } = { $second }: os nomes coincidem segundo { $by } (partes: { $parts })
reason-name-more = um tem partes que o outro não tem
reason-name-differs = uma parte difere
reason-alias = um apelido coincide
reason-sex-differs = o sexo difere
reason-birth-agrees = o ano de nascimento coincide
reason-birth-differs = o ano de nascimento difere
by-names = os nomes
by-tokens = suas fichas
part-exact = igual
part-sound = soa igual
part-typo = quase igual
part-initial = só a inicial
reason-no-name = nenhum nome que se possa comparar
reason-same-day = o mesmo dia
reason-days-apart = { $days ->
        [one] { $days } dia de diferença
       *[other] { $days } dias de diferença
    }
reason-within = o mesmo tempo, até onde se sabe ({ $precision })
reason-near = { $days ->
        [one] { $days } dia entre as datas
       *[other] { $days } dias entre as datas
    }
reason-wide = o mesmo tempo, mas só conhecido por alto ({ $precision })
reason-date-unknown = não se conhece uma data
reason-municipality = o mesmo município
reason-municipality-alias = o mesmo município com dois nomes
reason-admin1 = ambos em { $admin1 }; um não diz o município
reason-other-municipality = ambos em { $admin1 }, em municípios diferentes
reason-neighbours = { $one } e { $other } são vizinhos
reason-place-unknown = não se conhece um lugar
reason-same-violation = a mesma violação: { $label }
reason-same-family = violações de uma família: { $family }
reason-related = violações que costumam ser contadas de um mesmo fato
reason-acts-unknown = não se conhece uma violação
reason-territory = o mesmo território
reason-sex = o mesmo sexo
reason-age = a mesma faixa etária
reason-role = o mesmo papel: { $label }
reason-sector = o mesmo setor: { $label }
reason-unit = a mesma unidade: { $label }
reason-group-size = os tamanhos dos grupos se cruzam
reason-as-many = o mesmo número de vítimas: { $victims }
reason-part-of = { $part } pode ser parte de { $whole }, que fala de várias vítimas

# Juízos e grupos
judgement-of = { $org }: { $first } e { $second }: { $verdict } ({ $at })
judgement-victims = vítimas { $pairs }
judgement-written = Escrito em { $circles }
event-has-claims = { $claims ->
        [one] Fato { $event }: { $claims } relato
       *[other] Fato { $event }: { $claims } relatos
    }
no-clusters = Não há grupos. `ceiba cluster candidates` propõe pares para julgar.
contested = Em disputa
contested-pair = { $first } e { $second } são um fato para { $same }; { $one } e { $other } são dois para { $against }: não se unem
persons-of-event = Pessoas
judgements = Juízos
other-values = Outros dizem

# Vínculos
no-links = Não há vínculos.
link-key = Chave
link-type = Vínculo
link-to = Com
link-note = Por quê
link-unreadable = (não se pode ler aqui)
