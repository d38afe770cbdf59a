## Ajuda: o nó.
help-one-shared-incident-registry-for-partner-organisations-without-11 = Um registro de incidentes compartilhado entre organizações parceiras, sem um servidor comum
help-each-organisation-runs-its-own-node-records-are-45 = Cada organização tem o seu próprio nó. Os registros são assinados, cifrados de ponta a ponta, e mostrados só a quem são compartilhados. Os comandos funcionam com o nó em marcha (falam com ele pelo socket da sua pasta) ou sem ele (abrem a pasta eles mesmos).
help-ceiba-help-tells-more-ceiba-command-help-tells-11 = `ceiba --help` diz mais; `ceiba COMANDO --help` explica um comando.
help-exit-codes-0-done-1-demo-export-check-102 =
    Códigos de saída:
      0   feito
      1   demo, export check: algo não se cumpre
      2   o comando ou a sua entrada não faz sentido como foi dado
      3   o que foi nomeado não existe, ou o nome é ambíguo
      4   recusado: proibido pelas regras do círculo ou pelo consentimento
      5   o parceiro, a rede ou o nó em marcha não respondeu
      6   o disco ou um arquivo falhou
      7   senha errada, ou chaves danificadas
      8   outro processo tem a pasta aberta
      70  um defeito do ceiba; por favor, avisar

    Com --json um erro é uma linha em stderr: {"{"}"error":{"{"}"kind":…,"message":…,"hints":[…]{"}"}{"}"}
help-folder-of-the-node-or-ceiba-home-else-13 = Pasta do nó (ou CEIBA_HOME; senão, na pasta de dados própria)
help-on-linux-local-share-ceiba = No Linux: ~/.local/share/ceiba.
help-print-the-answer-as-json-for-programs = Mostrar a resposta como JSON, para programas
help-language-of-what-is-said-en-es-pt-14 = Idioma em que se fala: en, es, pt; senão, o do sistema
help-print-nothing-but-the-result-no-progress-no-9 = Mostrar só o resultado: sem progresso nem observações
help-log-more-to-standard-error-twice-or-three-12 = Contar mais na saída de erros; duas ou três vezes, ainda mais
help-read-the-passphrase-from-a-file-with-one-9 = Ler a senha de um arquivo com uma só linha
help-without-this-and-passphrase-fd-it-comes-from-28 = Sem isto nem --passphrase-fd vem da credencial do systemd `ceiba-passphrase`, ou é perguntada. Nunca se lê da linha de comando nem do ambiente.
help-read-the-passphrase-from-an-open-file-descriptor = Ler a senha de um descritor de arquivo aberto
help-make-this-organisation-s-keys-keystore-and-store = Criar as chaves, o chaveiro e o armazém desta organização
help-shows-the-recovery-words-once-they-are-the-37 = Mostra uma vez as palavras de recuperação. São a organização: quem as tem pode falar por ela, e sem elas não se pode substituir um dispositivo perdido. Escrevê-las em papel e guardá-lo longe do dispositivo.
help-name-of-the-organisation-as-partners-will-read-9 = Nome da organização, como o lerão os parceiros
help-label-of-this-device-for-your-own-lists = Nome deste dispositivo, para as listas próprias
help-run-the-node-in-the-foreground-until-sigint-10 = Pôr o nó em marcha em primeiro plano, até SIGINT ou SIGTERM
help-listens-for-partners-dials-them-and-keeps-everything-37 = Espera os parceiros, chama-os e mantém tudo sincronizado. Enquanto está em marcha, os outros comandos falam com ele pelo socket de controle da sua pasta e não pedem senha. O seu registro vai para a saída de erros; -v conta mais.
help-address-to-listen-on-as-a-multiaddr-repeatable = Endereço em que escutar, como multiaddr; repetível
help-stop-the-running-node-in-an-orderly-way-13 = Parar o nó em marcha de maneira ordenada e esperar que termine
help-show-who-this-node-is-its-circles-and-15 = Mostrar quem é este nó, os seus círculos e parceiros, e o que espera e por quê
help-remember-partners-addresses-list-partners-devices = Lembrar endereços de parceiros, listar os seus dispositivos
help-remember-the-address-of-a-partner-s-device = Lembrar o endereço do dispositivo de um parceiro
help-ceiba-status-on-that-device-shows-its-addresses = `ceiba status` nesse dispositivo mostra os seus endereços.
help-multiaddr-that-ends-in-p2p-and-the-device-11 = Multiaddr que termina em /p2p/ e o id de par do dispositivo
help-list-partners-devices-and-how-they-are-reached = Listar os dispositivos de parceiros e como se chega a eles
help-dial-partners-and-exchange-until-nothing-is-missing = Chamar os parceiros e trocar até que nada falte
help-only-this-one-organisation-device-or-a-prefix-12 = Só este: organização, dispositivo ou começo de um id de par
help-how-long-to-try-at-most-90s-5m-9 = Quanto tentar no máximo: 90s, 5m, 1h
help-show-it-all-three-partners-on-this-computer-13 = Mostrar tudo: três parceiros neste computador fundam uma coalizão e compartilham
help-real-keys-stores-and-network-connections-on-loopback-31 = Chaves, armazéns e conexões de verdade dentro do computador, em pastas temporárias, com incidentes inventados. Tudo o que se afirma é verificado; o código de saída é 0 só se tudo se cumpre.
help-keep-the-partners-homes-in-this-folder-to-12 = Guardar as pastas dos parceiros aqui, para olhá-las depois
help-print-the-completions-of-a-shell = Mostrar as terminações automáticas de um shell
help-the-shell = O shell
help-write-the-man-pages-into-a-folder-or-12 = Escrever as páginas de manual numa pasta, ou mostrar a primeira
help-folder-for-one-page-a-command = Pasta para uma página por comando
help-how-much-all-sessions-carry-together-20kbit-s-10 = Quanto levam todas as sessões juntas: 20kbit/s, 2Mbit/s
help-the-link-is-paid-for-no-blobs-fewer-12 = O enlace é pago por uso: sem arquivos, menos avisos, resumos antes de listas
help-find-partners-on-the-same-local-network-it-16 = Encontrar parceiros na mesma rede local; mostra a todos ali que aqui há uma ceiba
help-let-partners-reach-each-other-through-this-node = Deixar que os parceiros se alcancem através deste nó
help-show-how-the-link-is-used-and-change-13 = Mostrar como o enlace é usado, e mudá-lo enquanto o nó está em marcha
help-what-is-changed-holds-until-the-node-stops-14 = O que se muda vale até o nó parar; `ceiba run` aceita as mesmas opções.
help-how-much-all-sessions-carry-together-20kbit-s-12 = Quanto levam todas as sessões juntas: 20kbit/s, 2Mbit/s, ou none (sem limite)
help-whether-the-link-is-paid-for-by-what-10 = Se o enlace é pago pelo que leva
help-up-to-120-calls-an-hour-of-each-18 = Até 120 chamadas por hora de cada dispositivo, de 32 MiB cada uma; --bandwidth-limit não as conta.
help-tell-partners-no-address-of-this-node-but-12 = Não dizer aos parceiros endereços deste nó, exceto os dos seus retransmissores
help-who-calls-through-a-relay-is-met-there-21 = Quem chama por um retransmissor é atendido ali e em nenhum outro lugar. Os parceiros que este nó chama ainda veem onde ele está.
