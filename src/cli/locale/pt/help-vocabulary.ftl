## Ajuda: as listas de códigos.
help-show-the-code-lists-and-add-codes-of-12 = Mostrar as listas de códigos, e acrescentar códigos próprios da coalizão
help-records-keep-codes-the-lists-say-what-each-68 = Os registros guardam códigos; as listas dizem como se chama cada um em inglês, espanhol e português, e que código do indicador ODS e da ICCS tem. Uma coalizão acrescenta códigos que começam com x_: um é adotado quando o apoiam com as mesmas palavras tantas garantes quantas uma decisão exige. Até então ninguém o pode escrever, e o que o tem não sai do dossiê.
help-list-the-code-lists = Listar as listas de códigos
help-only-what-is-built-into-the-program-needs-10 = Só o incorporado no programa; não precisa de nó
help-show-the-codes-of-a-list-with-what-11 = Mostrar os códigos de uma lista com os seus nomes
help-name-of-the-list = Nome da lista
help-propose-a-code-or-endorse-it-by-saying-11 = Propor um código, ou apoiá-lo dizendo as mesmas palavras
help-the-other-stewards-endorse-it-with-ceiba-vocabulary-26 = As outras garantes o apoiam com `ceiba vocabulary endorse`. Escolher palavras que não nomeiem ninguém: um código é lido por todos os parceiros, e está em números públicos.
help-the-code-x-and-small-letters-digits-and = O código: x_ e letras minúsculas, algarismos e _
help-label-in-english = Nome em inglês
help-label-in-spanish = Nome em espanhol
help-label-in-portuguese = Nome em português
help-category-of-sdg-indicator-16-10-1-a-10 = Categoria do indicador ODS 16.10.1: A a F
help-code-of-the-iccs-two-to-six-digits = Código da ICCS: dois a seis algarismos
help-notes-separated-by-semicolons-family-threat-always-restricted = Notas, separadas por ponto e vírgula: family=threat; always restricted
help-endorse-a-code-that-another-organisation-proposed-with-11 = Apoiar um código que outra organização propôs, com as mesmas palavras
help-the-code = O código
help-whose-words-if-there-are-several = As palavras de quem, se há várias
help-take-this-organisation-s-proposal-or-endorsement-of-11 = Retirar a proposta ou o apoio desta organização a um código
help-list-the-codes-that-were-proposed-and-who-11 = Listar os códigos propostos, e quem os apoia
help-show-what-the-coalition-has-added-and-which-11 = Mostrar o que a coalizão acrescentou, e que incidentes isso afeta
help-write-all-lists-as-a-table-list-code-14 = Escrever todas as listas como tabela: list, code, sdg, iccs, en, es, pt, note
help-form-of-the-table = Forma da tabela
help-cells-between-tabs = Células entre tabulações
help-cells-between-commas-for-spreadsheets = Células entre vírgulas, para planilhas
help-new-file-to-write-it-to-left-out-10 = Arquivo novo em que escrever; se não for dado: saída padrão
