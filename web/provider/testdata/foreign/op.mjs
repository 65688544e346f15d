// A certified provider on a free port of this machine, for one test. It prints
// its issuer and lets anybody in who gives a name.
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{
      client_id: 'portal', client_secret: 'a&secret', redirect_uris: [process.env.RETURN_TO],
      id_token_signed_response_alg: 'RS256',
      ...(process.env.LOGOUT_TO ? { backchannel_logout_uri: process.env.LOGOUT_TO, backchannel_logout_session_required: true, post_logout_redirect_uris: [process.env.SIGNED_OUT] } : {}),
    }],
    features: { backchannelLogout: { enabled: true } },
    // The portal of the test is on this machine, which the provider refuses to ask otherwise.
    fetch: (address, { dispatcher, ...options }) => fetch(address, options),
    cookies: { keys: ['only for a test'] },
    claims: { openid: ['sub'], profile: ['name'], email: ['email'], acr: null, auth_time: null },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, name: 'Ada Okafor', email: 'ada@trust.example' }),
    }),
  });
  provider.on('backchannel.error', (_, error) => console.error('logout:', error.cause || error));
  server.on('request', provider.callback());
  console.log(issuer);
});
