## Ajuda: o quadro.
help-a-card-is-in-one-circle-and-every-33 = Um cartão está em um círculo, e cada integrante do círculo pode alterá-lo. O que não deve ir tão longe (lugares, contatos) fica nesta organização: `ceiba card kinds` diz quais campos.
help-a-country-two-letters-repeatable = Um país, duas letras; pode repetir
help-a-tag = Uma etiqueta
help-a-word-to-find-it-by-repeatable = Uma palavra para encontrá-lo; pode repetir
help-also-what-is-archived = Também o que está arquivado
help-cards-of-the-coalition-s-working-programme-opportunities-14 = Cartões do programa de trabalho da coalizão: oportunidades, mensagens, decisões e outros 24 tipos
help-change-fields-of-a-card = Alterar campos de um cartão
help-code-of-its-kind = Código do seu tipo
help-code-of-one-kind = Código de um tipo
help-code-of-the-kind = Código do tipo
help-code-of-the-state = Código do estado
help-high-medium-or-low = high (alta), medium (média) ou low (baixa)
help-its-title = Seu título
help-list-cards = Listar cartões
help-list-the-kinds-of-cards-with-a-kind-12 = Listar os tipos de cartões; com um tipo, seus campos e estados
help-make-a-card = Criar um cartão
help-show-one-card = Mostrar um cartão
help-the-circle-that-it-is-in-without-it-11 = O círculo em que está; sem isto, a única coalizão
help-the-organisation-that-answers-for-it = A organização responsável
help-two-letters = Duas letras
help-until-when = Até quando
help-what-it-is-about-without-names-of-defenders = Do que trata, sem nomes de pessoas defensoras
help-whatever-there-is-to-say-long-texts-by-12 = O que houver a dizer; textos longos com --set-file body=ARQUIVO
help-where-it-stands-ceiba-card-kinds-kind-lists-10 = Em que pé está: `ceiba card kinds TIPO` mostra os estados
help-words-that-all-occur-in-its-texts = Palavras que aparecem todas em seus textos
help-show-who-changed-what-in-a-card = Mostrar quem alterou o quê em um cartão
help-changes-have-no-time-which-nobody-could-trust-26 = As alterações não têm hora, na qual ninguém poderia confiar; cada uma vem depois daquelas em que se apoia. ⑂: reuniu o que foi escrito ao mesmo tempo.
