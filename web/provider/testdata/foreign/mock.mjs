// A provider of a third hand, on a free port of this machine, for one test. It
// asks nobody anything, says neither when nor how anybody signed in, and takes
// any client: what the portal makes of such a provider is the test.
import { OAuth2Server } from 'oauth2-mock-server';

const server = new OAuth2Server();
await server.issuer.keys.generate(process.env.ALGORITHM);
server.service.on('beforeUserinfo', (answer) => {
  answer.body = { sub: process.env.DESCRIBES, name: 'John Doe', email: 'john@trust.example' };
});
await server.start(0, '127.0.0.1');
console.log(server.issuer.url);
