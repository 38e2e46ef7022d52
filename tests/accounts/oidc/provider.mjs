// A real OpenID provider on loopback for tests: two people, three levels of trust, one sign-in page.
//
// Usage: node provider.mjs '{"redirect_uri": …, "logout_uri": …, "back_uri": …, "secret": …}'
// It prints its issuer when it is ready and ends when its standard input is closed.

import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const given = JSON.parse(process.argv[2]);

const people = {
  oksana: {
    given_name: 'Oksana', family_name: 'Kovalenko', birthdate: '1992-03-04',
    email: 'oksana@example.org', email_verified: true,
  },
  jonas: { given_name: 'Jonas', family_name: 'Weiß', email: 'jonas@example.org', email_verified: false },
};

const client = {
  client_secret: given.secret,
  redirect_uris: [given.redirect_uri],
  post_logout_redirect_uris: [given.back_uri],
  backchannel_logout_uri: given.logout_uri,
  backchannel_logout_session_required: true,
};

const key = (kind, options, alg) => ({
  ...generateKeyPairSync(kind, options).privateKey.export({ format: 'jwk' }), alg, use: 'sig',
});

const configuration = {
  acrValues: ['low', 'substantial', 'high'],
  claims: {
    acr: null, auth_time: null, iss: null, sid: null, openid: ['sub'],
    profile: ['given_name', 'family_name', 'birthdate'], email: ['email', 'email_verified'],
  },
  clients: [
    { ...client, client_id: 'portal' },
    {
      ...client, client_id: 'portal-post', id_token_signed_response_alg: 'ES256',
      token_endpoint_auth_method: 'client_secret_post',
    },
  ],
  cookies: { keys: ['only for tests'] },
  features: {
    backchannelLogout: { enabled: true },
    devInteractions: { enabled: false },
    rpInitiatedLogout: { enabled: true },
  },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...people[id] }) }),
  interactions: { url: (_, interaction) => `/anmelden/${interaction.uid}` },
  jwks: {
    keys: [
      key('rsa', { modulusLength: 2048 }, 'RS256'), key('ec', { namedCurve: 'P-256' }, 'ES256'),
    ],
  },
  // The portal is the office's own: nobody is asked whether it may know them.
  async loadExistingGrant(ctx) {
    const { account, client: { clientId }, provider } = ctx.oidc;
    const grant = new provider.Grant({ accountId: account.accountId, clientId });
    grant.addOIDCScope('openid profile email');
    await grant.save();
    return grant;
  },
};

const page = `<!doctype html><form method="post"><input name="who"><input name="acr">
<button>Anmelden</button></form>`;

async function signIn(provider, request, response) {
  if (request.method === 'GET') {
    response.setHeader('Content-Type', 'text/html').end(page);
    return;
  }
  let body = '';
  for await (const piece of request) body += piece;
  const form = new URLSearchParams(body);
  const accountId = form.get('who');
  await provider.interactionFinished(
    request, response,
    accountId in people
      ? { login: { accountId, acr: form.get('acr') || undefined } }
      : { error: 'access_denied' },
  );
}

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, configuration);
  const answer = provider.callback();
  server.on('request', (request, response) => {
    if (!request.url.startsWith('/anmelden/')) {
      answer(request, response);
      return;
    }
    signIn(provider, request, response).catch((error) => {
      response.writeHead(500).end(String(error));
    });
  });
  console.log(issuer);
});
process.stdin.on('end', () => process.exit()).resume();
