// Signs in at the development provider with a client written by others, in the
// part of browser as well. Any surprise ends it with an error.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const modules = createRequire(process.env.FOREIGN_MODULES);
const client = await import(pathToFileURL(modules.resolve('openid-client')));

const { ISSUER, RETURN_TO, PERSON } = process.env;
const config = await client.discovery(new URL(ISSUER), 'portal', {
  client_secret: 'demo-secret', id_token_signed_response_alg: 'ES256', require_auth_time: true,
}, undefined, { execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks] });

let cookie = '';
async function visit(address, options = {}) {
  const answer = await fetch(address, { redirect: 'manual', ...options, headers: { cookie, ...options.headers } });
  for (const set of answer.headers.getSetCookie()) cookie = set.split(';')[0];
  return answer;
}

async function signIn(extra, asked) {
  const verifier = client.randomPKCECodeVerifier();
  const nonce = client.randomNonce();
  const state = client.randomState();
  const to = client.buildAuthorizationUrl(config, {
    redirect_uri: RETURN_TO, scope: 'openid profile email', nonce, state,
    code_challenge: await client.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256', ...extra,
  });
  let answer = await visit(to);
  assert.equal(answer.status, asked ? 200 : 303);
  if (asked) {
    const journey = (await answer.text()).match(/name="journey" value="([^"]+)"/)[1];
    answer = await visit(`${ISSUER}/sign-in`, { method: 'POST', body: new URLSearchParams({ journey, person: PERSON }) });
    assert.equal(answer.status, 303);
  }
  const back = new URL(answer.headers.get('location'));
  assert.ok(back.href.startsWith(`${RETURN_TO}?`));
  const tokens = await client.authorizationCodeGrant(config, back, {
    pkceCodeVerifier: verifier, expectedNonce: nonce, expectedState: state, idTokenExpected: true,
    ...(extra.max_age === undefined ? {} : { maxAge: Number(extra.max_age) }),
  });
  const claims = tokens.claims();
  const info = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
  assert.equal(info.sub, PERSON);
  return claims;
}

const first = await signIn({}, true);
assert.equal(first.acr, 'AAL2_ANY');
const second = await signIn({}, false);
assert.equal(second.sid, first.sid);
assert.equal(second.auth_time, first.auth_time);
const fresh = await signIn({ max_age: '0', acr_values: 'AAL3_ANY' }, true);
assert.equal(fresh.acr, 'AAL3_ANY');
await signIn({ prompt: 'login' }, true);
console.log('signed in four times');
