## Ajuda: pacotes.
help-carry-records-keys-and-decisions-in-sealed-files-12 = Levar registros, chaves e decisões em arquivos selados, aonde nenhuma rede chega
help-a-bundle-has-what-a-sync-would-bring-61 = Um pacote tem o que uma sincronização traria, selado para os dispositivos de seus destinatários: num pendrive, com um mensageiro, por qualquer meio que leve arquivos. Ninguém mais pode abri-lo nem ver para quem é. O que se vê: um arquivo de certo tamanho, com bytes que parecem acaso; quem conhece o ceiba adivinhará o que é.
help-write-what-partners-may-have-into-sealed-files = Escrever em arquivos selados o que os parceiros podem ter
help-decisions-and-keys-come-first-then-alerts-then-49 = Primeiro vão decisões e chaves, depois alertas, depois registros, e o que os parceiros assinaram que têm. Cada destinatário recebe o que pode ter e nada mais: se podem ter coisas diferentes, há arquivos para cada um. Um parceiro que acaba de entrar recebe tudo de que precisa.
help-organisation-all-its-devices-or-the-beginning-of-15 = Organização (todos os seus dispositivos), ou o começo do id de um dispositivo; pode ser repetido
help-only-of-this-circle = Só deste círculo
help-bytes-of-one-file-at-most-500kb-10mb-15 = Bytes de um arquivo no máximo: 500KB, 10MB, 2GiB; sem isto, um arquivo, por maior que seja
help-leave-out-the-entries-that-all-recipients-have-23 = Omitir as entradas que todos os destinatários assinaram que têm; não para um dispositivo que depois foi restaurado de uma cópia
help-existing-folder-to-write-into-left-out-the-10 = Pasta existente onde escrever; sem isto, a atual
help-carry-a-request-to-join-that-ceiba-join-14 = Levar um pedido de entrada que `ceiba join --request-out` escreveu; pode ser repetido
help-take-what-sealed-files-bring-in-any-order = Tomar o que arquivos selados trazem, em qualquer ordem
help-taking-a-file-again-changes-nothing-give-all-63 = Tomar um arquivo outra vez não muda nada. Dar todas as partes de uma exportação: diz-se o que falta. Sem arquivo, o que espera na pasta do nó é tomado de novo. Uma parte que espera por outra anterior do mesmo parceiro é guardada na pasta do nó, ainda selada, até que essa chegue. De um arquivo cortado ou alterado nada é tomado.
help-the-files = Os arquivos
help-show-who-made-a-sealed-file-and-what-14 = Mostrar quem fez um arquivo selado e o que há nele, sem tomar nada
