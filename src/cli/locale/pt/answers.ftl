## Frases que respondem a pedidos.

decisions-made =
    { $made ->
        [one] { $made } decisão; a próxima precisa de { $needed ->
            [one] { $needed } aprovação
           *[other] { $needed } aprovações
        }
       *[other] { $made } decisões; a próxima precisa de { $needed ->
            [one] { $needed } aprovação
           *[other] { $needed } aprovações
        }
    }
next-invite = A seguir: convidar parceiros com `ceiba invite create`.
entries-without-key =
    { $number ->
        [one] { $number } espera uma chave
       *[other] { $number } esperam uma chave
    }
entries-quarantined = { $number } em quarentena
no-circles = Ainda não há círculos.
no-circles-next = Fundar uma coalizão com `ceiba coalition create NOME`, ou entrar numa com `ceiba join PASSE`.
removing = Remoção de { $name }
would-remove = Remoção de { $name } (nada foi feito ainda)
achieves = O que alcança
does-not-achieve = O que não pode alcançar

no-invites = Não há convites. Fazer um com `ceiba invite create`.
ticket-needs-approval = O passe vale quando as outras garantes tiverem aprovado: `ceiba proposal approve { $proposal }`
ticket-needs-approvals = O passe vale quando as outras garantes tiverem aprovado.
ticket-shown-once = Passe, mostrado só agora. Quem o tiver pode entrar no lugar da convidada: entregá-lo em pessoa ou por um canal seguro. A convidada executa `ceiba join -` e o cola.
joined = Entrada em { $name }
still-to-come = Ainda falta
approved-by = { $number } de { $needed }: { $names }
would-change = Mudaria
approval-wanted = Espera-se a sua aprovação: `ceiba proposal approve { $proposal }`
no-proposals = Nada espera uma decisão.

no-incidents = Não há incidentes.
no-more-incidents =
    { $total ->
        [one] Não há mais: { $total } incidente no total.
       *[other] Não há mais: { $total } incidentes no total.
    }
shown-of-total = { $shown } de { $total }; ver outros com --offset e --limit
has-conflicts = ! tem conflitos: `ceiba conflicts`
readable-in = Pode ser lido em
would-share = Seria compartilhado em { $circle } com alcance { $tier }: { $counts }
shared = Compartilhado em { $circle } com alcance { $tier }: { $counts }
dry-run = Ensaio: nada foi escrito
and-more = e mais { $more }; --json mostra todos

no-conflicts = Não há conflitos.
settle-with = Resolver um com `ceiba conflicts settle INCIDENTE CAMPO NÚMERO`.
conflict-of = { $field } em { $circle }: { $title }
rules-because-protective = vale até que se resolva porque é o que mais protege
rules-until-settled = vale até que se resolva
writer-not-known = não se sabe quem escreveu

recovery-words = Palavras de recuperação: são a organização, e são mostradas só agora. Escrevê-las em papel com os seus números, guardar o papel longe deste dispositivo e limpar a tela.
next-coalition = A seguir: `ceiba coalition create NOME`, ou `ceiba join -` com um passe.
run-opened = { $org }, id do par { $peer }
run-listening = escuta em { $address }
run-ready = em marcha; parar com Ctrl-C ou `ceiba stop`
run-stopped = parado
link = Enlace
link-free = sem limite
link-limit = no máximo { $rate }
link-metered = pago por uso
link-nearby = encontra parceiros próximos
link-relay = retransmite para parceiros
link-hidden = não diz aos parceiros outros endereços que os dos retransmissores
link-open = os parceiros podem chamá-lo
link-closed = os parceiros não podem chamá-lo: usam-se os retransmissores deles
node-runs = em marcha
node-does-not-run = parado; iniciar com `ceiba run`
listens-on = Escuta em
partners-devices = Dispositivos de parceiros
missing-or-waiting = Falta ou espera
incidents-with-conflicts =
    { $fields ->
        [one] { $incidents }, { $fields } campo com conflitos: `ceiba conflicts`
       *[other] { $incidents }, { $fields } campos com conflitos: `ceiba conflicts`
    }
no-peers = Ainda não se conhecem dispositivos de parceiros. Adicionar um com `ceiba peer add ENDEREÇO`.
synced =
    { $received ->
        [one] Recebida { $received } entrada; enviados { $frames } quadros
       *[other] Recebidas { $received } entradas; enviados { $frames } quadros
    }
no-partner-to-sync = Ainda não há parceiro com quem sincronizar.
in-sync = Não falta nada com
not-in-sync = Sem sincronizar

as-partner-sees = Como { $name } vê: os últimos { $shown } de { $total }
may-not-see = Não pode ver
checked = Verificado
claim-holds = sim
claim-does-not-hold = NÃO
claims-hold = { $held } de { $total } afirmações se cumprem; { $seconds } s

# Quem tem o quê, segundo o que os parceiros assinaram
reached-by-signature = No disco de parceiros, segundo as suas próprias assinaturas; não que lá se tenha podido abrir nem que alguém o tenha lido
reached-of =
    { $partners ->
        [one] confirmado por { $confirmed } de { $partners } parceiro
       *[other] confirmado por { $confirmed } de { $partners } parceiros
    }
reached-own =
    { $devices ->
        [one] confirmado por { $confirmed } de { $devices } outro dispositivo próprio
       *[other] confirmado por { $confirmed } de { $devices } outros dispositivos próprios
    }
reached-sent = enviado e sem confirmação: { $names }
reached-waiting = à espera: { $names }
waits-since-time = { $name } desde { $time }
confirmed-by-partners = O que os parceiros ainda não confirmaram
all-confirmed = Cada parceiro confirmou tudo o que há aqui.
lacks = Entradas
waits-since = Desde
holder-confirmed = confirmado
holder-sent = enviado, sem confirmação
holder-behind = à espera
holder-silent = ainda sem notícia dele
exists-not-held =
    { $entries ->
        [one] { $circle }: segundo { $partner } existe { $entries } entrada de { $writer } que falta aqui.
       *[other] { $circle }: segundo { $partner } existem { $entries } entradas de { $writer } que faltam aqui.
    }
names-another-entry = { $circle }: { $partner } assina outra entrada { $seq } de { $writer } que a que há aqui. Ou { $writer } escreveu duas diferentes, ou { $partner } não diz a verdade: perguntar a ambos.
