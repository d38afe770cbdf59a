## Ayuda: el tablero.
help-a-card-is-in-one-circle-and-every-33 = Una tarjeta está en un círculo, y cada integrante del círculo puede cambiarla. Lo que no debe ir tan lejos (lugares, contactos) se queda en esta organización: `ceiba card kinds` dice qué campos.
help-a-country-two-letters-repeatable = Un país, dos letras; se puede repetir
help-a-tag = Una etiqueta
help-a-word-to-find-it-by-repeatable = Una palabra para encontrarla; se puede repetir
help-also-what-is-archived = También lo archivado
help-cards-of-the-coalition-s-working-programme-opportunities-14 = Tarjetas del programa de trabajo de la coalición: oportunidades, mensajes, decisiones y otros 24 tipos
help-change-fields-of-a-card = Cambiar campos de una tarjeta
help-code-of-its-kind = Código de su tipo
help-code-of-one-kind = Código de un tipo
help-code-of-the-kind = Código del tipo
help-code-of-the-state = Código del estado
help-high-medium-or-low = high (alta), medium (media) o low (baja)
help-its-title = Su título
help-list-cards = Listar tarjetas
help-list-the-kinds-of-cards-with-a-kind-12 = Listar los tipos de tarjetas; con un tipo, sus campos y estados
help-make-a-card = Crear una tarjeta
help-show-one-card = Mostrar una tarjeta
help-the-circle-that-it-is-in-without-it-11 = El círculo en que está; sin esto, la única coalición
help-the-organisation-that-answers-for-it = La organización responsable
help-two-letters = Dos letras
help-until-when = Hasta cuándo
help-what-it-is-about-without-names-of-defenders = De qué trata, sin nombres de personas defensoras
help-whatever-there-is-to-say-long-texts-by-12 = Lo que haya que decir; textos largos con --set-file body=ARCHIVO
help-where-it-stands-ceiba-card-kinds-kind-lists-10 = En qué está: `ceiba card kinds TIPO` muestra los estados
help-words-that-all-occur-in-its-texts = Palabras que aparecen todas en sus textos
help-show-who-changed-what-in-a-card = Mostrar quién cambió qué en una tarjeta
help-changes-have-no-time-which-nobody-could-trust-26 = Los cambios no tienen hora, en la que nadie podría confiar; cada uno va después de aquellos en que se apoya. ⑂: reunió lo que se escribió al mismo tiempo.
