// mqtt.js against a broker: node talk.mjs PORT WEBSOCKET_PORT. One line for each case; exit 1 when one failed.
import mqtt from 'mqtt'

const [port, webSocketPort] = process.argv.slice(2)
const url = { tcp: `mqtt://127.0.0.1:${port}`, ws: `ws://127.0.0.1:${webSocketPort}/mqtt` }
const open = []

function expect(what, got, wanted) {
  const [a, b] = [JSON.stringify(got), JSON.stringify(wanted)]
  if (a !== b) throw new Error(`${what}: ${a} and not ${b}`)
}

function soon(what, condition) {
  return new Promise((done, fail) => {
    const end = Date.now() + 20_000
    const look = () => (condition() ? done() : Date.now() > end ? fail(new Error(`${what} did not happen`)) : setTimeout(look, 5))
    look()
  })
}

async function client(clientId, more = {}, where = url.tcp) {
  const one = await mqtt.connectAsync(where, { clientId, protocolVersion: 5, reconnectPeriod: 0, connectTimeout: 20_000, ...more }, false)
  open.push(one)
  one.got = []
  one.on('message', (topic, payload, packet) => one.got.push({ topic, payload, packet }))
  return one
}

const texts = (one) => one.got.map((m) => m.payload.toString())

async function allQualities(protocolVersion, where) {
  const id = `q-${protocolVersion}-${where.slice(0, 2)}`
  const ear = await client(`${id}-ear`, { protocolVersion }, where)
  await ear.subscribeAsync(`${id}/#`, { qos: 2 })
  const mouth = await client(`${id}-mouth`, { protocolVersion }, where)
  for (const qos of [0, 1, 2]) {
    for (let i = 0; i < 50; ++i) await mouth.publishAsync(`${id}/${qos}`, `${i}`, { qos })
  }
  await soon('150 messages', () => ear.got.length === 150)
  for (const qos of [0, 1, 2]) {
    const these = ear.got.filter((m) => m.topic === `${id}/${qos}`)
    expect('the order', these.map((m) => Number(m.payload)), [...Array(50).keys()])
    expect('the quality', [...new Set(these.map((m) => m.packet.qos))], [qos])
  }
}

const cases = {
  'QoS 0, 1, 2 in 3.1.1': () => allQualities(4, url.tcp),
  'QoS 0, 1, 2 in 5.0': () => allQualities(5, url.tcp),
  'QoS 0, 1, 2 in 3.1.1 over WebSocket': () => allQualities(4, url.ws),
  'QoS 0, 1, 2 in 5.0 over WebSocket': () => allQualities(5, url.ws),

  'four megabytes, over TCP and WebSocket': async () => {
    const big = Buffer.alloc(4 << 20, 'ab')
    for (const [i, where] of [url.tcp, url.ws].entries()) {
      const ear = await client(`big-${i}`, {}, where)
      await ear.subscribeAsync(`big/${i}`, { qos: 1 })
      await ear.publishAsync(`big/${i}`, big, { qos: 1 })
      await soon('the large message', () => ear.got.length === 1)
      expect('its bytes', big.equals(ear.got[0].payload), true)
    }
  },

  'a session that stays for its expiry': async () => {
    const more = { clean: false, properties: { sessionExpiryInterval: 600 } }
    const first = await client('stays', more)
    await first.subscribeAsync('stays/#', { qos: 2 })
    await first.endAsync(true)
    const mouth = await client('stays-mouth')
    for (let i = 0; i < 20; ++i) await mouth.publishAsync('stays/x', `${i}`, { qos: 1 + (i % 2) })
    const got = []
    const back = mqtt.connect(url.tcp, { clientId: 'stays', protocolVersion: 5, reconnectPeriod: 0, ...more })
    open.push(back)
    let present
    back.on('connect', (connack) => (present = connack.sessionPresent))
    back.on('message', (_topic, payload) => got.push(Number(payload)))
    await soon('twenty messages', () => got.length === 20)
    expect('session present', present, true)
    expect('each once', [...got].sort((a, b) => a - b), [...Array(20).keys()])
  },

  'a will after its delay, and with what it says': async () => {
    const ear = await client('will-ear')
    await ear.subscribeAsync('will/late', { qos: 1 })
    const properties = { willDelayInterval: 1, contentType: 'text', userProperties: { why: 'lost' } }
    const dies = await client('will-dies', {
      properties: { sessionExpiryInterval: 30 }, will: { topic: 'will/late', payload: 'gone', qos: 1, retain: false, properties } })
    const begun = Date.now()
    dies.stream.destroy()
    await soon('the will', () => ear.got.length === 1)
    if (Date.now() - begun < 900) throw new Error(`after ${Date.now() - begun} ms`)
    const said = ear.got[0].packet.properties
    expect('its properties', [said.contentType, said.userProperties.why], ['text', 'lost'])
  },

  'shared subscriptions give each message to one': async () => {
    const workers = []
    for (let i = 0; i < 3; ++i) {
      workers.push(await client(`share-${i}`))
      await workers[i].subscribeAsync('$share/team/share/x', { qos: 1 })
    }
    const all = await client('share-all')
    await all.subscribeAsync('share/x', { qos: 1 })
    const mouth = await client('share-mouth')
    for (let i = 0; i < 60; ++i) await mouth.publishAsync('share/x', `${i}`, { qos: 1 })
    await soon('all of them', () => all.got.length === 60 && workers.flatMap(texts).length === 60)
    expect('each once', workers.flatMap(texts).map(Number).sort((a, b) => a - b), [...Array(60).keys()])
    expect('everybody works', workers.every((one) => one.got.length > 0), true)
  },

  'no more under way than the receive maximum': async () => {
    const ear = await client('flow', { properties: { receiveMaximum: 3 } })
    let open = 0
    let most = 0
    ear.handleMessage = (_packet, done) => {
      most = Math.max(most, ++open)
      setTimeout(() => { --open; done() }, 2)
    }
    await ear.subscribeAsync('flow/x', { qos: 2 })
    const mouth = await client('flow-mouth')
    await Promise.all([...Array(100).keys()].map((i) => mouth.publishAsync('flow/x', `${i}`, { qos: 2 })))
    await soon('a hundred', () => ear.got.length === 100)
    expect('in order', texts(ear).map(Number), [...Array(100).keys()])
    if (most > 3) throw new Error(`${most} at once`)
  },

  'topic aliases of the client and to the client': async () => {
    const ear = await client('alias-ear', { properties: { topicAliasMaximum: 5 } })
    await ear.subscribeAsync('alias/#', { qos: 1 })
    const mouth = await client('alias-mouth', { autoAssignTopicAlias: true })
    for (let i = 0; i < 60; ++i) await mouth.publishAsync(`alias/${i % 12}`, `${i}`, { qos: 1 })
    await soon('sixty', () => ear.got.length === 60)
    expect('topics', ear.got.map((m) => m.topic), [...Array(60).keys()].map((i) => `alias/${i % 12}`))
  },

  'a question and its answer': async () => {
    const server = await client('answers')
    server.on('message', (_topic, payload, packet) => {
      const { responseTopic, correlationData } = packet.properties
      server.publish(responseTopic, `${payload}!`, { qos: 1, properties: { correlationData } })
    })
    await server.subscribeAsync('ask/this', { qos: 1 })
    const asker = await client('asks')
    await asker.subscribeAsync('answers/asks', { qos: 1 })
    const correlationData = Buffer.from('number 7')
    await asker.publishAsync('ask/this', 'well', { qos: 1, properties: { responseTopic: 'answers/asks', correlationData } })
    await soon('the answer', () => asker.got.length === 1)
    expect('the answer', [texts(asker)[0], asker.got[0].packet.properties.correlationData.toString()], ['well!', 'number 7'])
  },

  'subscription identifiers, no local, retained': async () => {
    const one = await client('options')
    const other = await client('options-other')
    await other.publishAsync('options/kept', 'old', { qos: 1, retain: true })
    await one.subscribeAsync({ 'options/#': { qos: 1, nl: true, rap: true, rh: 0 } }, { properties: { subscriptionIdentifier: 42 } })
    await one.publishAsync('options/own', 'not this', { qos: 1 })
    await other.publishAsync('options/x', 'this', { qos: 1 })
    await soon('two', () => one.got.length === 2)
    expect('what came', texts(one), ['old', 'this'])
    expect('the identifiers', one.got.map((m) => m.packet.properties.subscriptionIdentifier), [42, 42])
    expect('retained', one.got.map((m) => m.packet.retain), [true, false])
    await other.publishAsync('options/kept', '', { qos: 1, retain: true })
  },

  'unsubscribing ends it': async () => {
    const one = await client('ends')
    await one.subscribeAsync('ends/x', { qos: 1 })
    await one.unsubscribeAsync('ends/x')
    await one.subscribeAsync('ends/y', { qos: 1 })
    await one.publishAsync('ends/x', 'no', { qos: 1 })
    await one.publishAsync('ends/y', 'yes', { qos: 1 })
    await soon('one', () => one.got.length === 1)
    expect('what came', texts(one), ['yes'])
  },

  'an authentication method that is not known is refused with its reason': async () => {
    try {
      await client('clever', { properties: { authenticationMethod: 'SCRAM-SHA-256', authenticationData: Buffer.from('x') } })
    } catch (error) {
      return expect('the reason', error.code, 0x8c)
    }
    throw new Error('it was let in')
  },
}

function late() {
  return new Promise((_done, fail) => setTimeout(() => fail(new Error('no end after 40 seconds')), 40_000).unref())
}

let failed = 0
for (const [name, run] of Object.entries(cases)) {
  try {
    await Promise.race([run(), late()])
    console.log(`fine: ${name}`)
  } catch (error) {
    ++failed
    console.log(`FAILED: ${name}: ${error.message ?? error}`)
  }
  await Promise.all(open.splice(0).map((one) => one.endAsync(true)))
}
process.exit(failed ? 1 : 0)
