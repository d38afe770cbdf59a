## Frases que responden a solicitudes.

decisions-made =
    { $made ->
        [one] { $made } decisión; la próxima requiere { $needed ->
            [one] { $needed } aprobación
           *[other] { $needed } aprobaciones
        }
       *[other] { $made } decisiones; la próxima requiere { $needed ->
            [one] { $needed } aprobación
           *[other] { $needed } aprobaciones
        }
    }
next-invite = Sigue: invitar aliados con `ceiba invite create`.
entries-without-key =
    { $number ->
        [one] { $number } espera una clave
       *[other] { $number } esperan una clave
    }
entries-quarantined = { $number } en cuarentena
no-circles = Todavía no hay círculos.
no-circles-next = Fundar una coalición con `ceiba coalition create NOMBRE`, o entrar a una con `ceiba join PASE`.
removing = Retiro de { $name }
would-remove = Retiro de { $name } (todavía no se hizo nada)
achieves = Qué logra
does-not-achieve = Qué no puede lograr

no-invites = No hay invitaciones. Hacer una con `ceiba invite create`.
ticket-needs-approval = El pase sirve cuando las otras garantes hayan aprobado: `ceiba proposal approve { $proposal }`
ticket-needs-approvals = El pase sirve cuando las otras garantes hayan aprobado.
ticket-shown-once = Pase, se muestra solo ahora. Quien lo tenga puede entrar en lugar de la invitada: entregarlo en persona o por un canal seguro. La invitada ejecuta `ceiba join -` y lo pega.
joined = Entrada a { $name }
still-to-come = Falta todavía
approved-by = { $number } de { $needed }: { $names }
would-change = Cambiaría
approval-wanted = Se espera su aprobación: `ceiba proposal approve { $proposal }`
no-proposals = Nada espera una decisión.

no-incidents = No hay incidentes.
no-more-incidents =
    { $total ->
        [one] No hay más: { $total } incidente en total.
       *[other] No hay más: { $total } incidentes en total.
    }
shown-of-total = { $shown } de { $total }; ver otros con --offset y --limit
has-conflicts = ! tiene conflictos: `ceiba conflicts`
readable-in = Se puede leer en
would-share = Se compartiría en { $circle } con alcance { $tier }: { $counts }
shared = Compartido en { $circle } con alcance { $tier }: { $counts }
dry-run = Ensayo: no se escribió nada
and-more = y { $more } más; --json los muestra todos

no-conflicts = No hay conflictos.
settle-with = Resolver uno con `ceiba conflicts settle INCIDENTE CAMPO NÚMERO`.
conflict-of = { $field } en { $circle }: { $title }
rules-because-protective = rige hasta que se resuelva porque es el que más protege
rules-until-settled = rige hasta que se resuelva
writer-not-known = no se sabe quién lo escribió

recovery-words = Palabras de recuperación: son la organización, y se muestran solo ahora. Escribirlas en papel con sus números, guardar el papel lejos de este dispositivo y limpiar la pantalla.
next-coalition = Sigue: `ceiba coalition create NOMBRE`, o `ceiba join -` con un pase.
run-opened = { $org }, id de par { $peer }
run-listening = escucha en { $address }
run-ready = en marcha; detener con Ctrl-C o `ceiba stop`
run-stopped = detenido
link = Enlace
link-free = sin límite
link-limit = a lo más { $rate }
link-metered = de pago por uso
link-nearby = encuentra aliados cercanos
link-relay = retransmite para aliados
link-hidden = no dice a los aliados más direcciones que las de sus retransmisores
link-open = los aliados pueden llamarlo
link-closed = los aliados no pueden llamarlo: se usan sus retransmisores
node-runs = en marcha
node-does-not-run = detenido; iniciar con `ceiba run`
listens-on = Escucha en
partners-devices = Dispositivos de aliados
missing-or-waiting = Falta o espera
incidents-with-conflicts =
    { $fields ->
        [one] { $incidents }, { $fields } campo con conflictos: `ceiba conflicts`
       *[other] { $incidents }, { $fields } campos con conflictos: `ceiba conflicts`
    }
no-peers = Todavía no se conocen dispositivos de aliados. Agregar uno con `ceiba peer add DIRECCIÓN`.
synced =
    { $received ->
        [one] Recibida { $received } entrada; enviadas { $frames } tramas
       *[other] Recibidas { $received } entradas; enviadas { $frames } tramas
    }
no-partner-to-sync = Todavía no hay aliado con quien sincronizar.
in-sync = No falta nada con
not-in-sync = Sin sincronizar

as-partner-sees = Como lo ve { $name }: los últimos { $shown } de { $total }
may-not-see = No puede ver
checked = Comprobado
claim-holds = sí
claim-does-not-hold = NO
claims-hold = { $held } de { $total } afirmaciones se cumplen; { $seconds } s

# Quién tiene qué, según lo que firmaron los aliados
reached-by-signature = En el disco de aliados, según sus propias firmas; no que allá se haya podido abrir ni que alguien lo haya leído
reached-of =
    { $partners ->
        [one] lo confirmó { $confirmed } de { $partners } aliado
       *[other] lo confirmaron { $confirmed } de { $partners } aliados
    }
reached-own =
    { $devices ->
        [one] lo confirmó { $confirmed } de { $devices } otro dispositivo propio
       *[other] lo confirmaron { $confirmed } de { $devices } otros dispositivos propios
    }
reached-sent = enviado y sin confirmar: { $names }
reached-waiting = a la espera: { $names }
waits-since-time = { $name } desde { $time }
confirmed-by-partners = Lo que los aliados aún no confirmaron
all-confirmed = Cada aliado confirmó todo lo que hay aquí.
lacks = Entradas
waits-since = Desde
holder-confirmed = confirmado
holder-sent = enviado, sin confirmar
holder-behind = a la espera
holder-silent = aún sin noticia suya
exists-not-held =
    { $entries ->
        [one] { $circle }: según { $partner } existe { $entries } entrada de { $writer } que aquí falta.
       *[other] { $circle }: según { $partner } existen { $entries } entradas de { $writer } que aquí faltan.
    }
names-another-entry = { $circle }: { $partner } firma otra entrada { $seq } de { $writer } que la que hay aquí. O { $writer } escribió dos distintas, o { $partner } no dice la verdad: preguntar a ambos.
