// Package devprovider is an OpenID Connect provider for people who do not
// exist: one press signs in as any of them. The demonstration mounts it on the
// portal's own listener, so that nothing else need be installed.
//
// All of it but this comment is behind the build tag demo. A release binary
// holds none of it, and so cannot be talked into using it. Real sign-in is package provider's.
package devprovider
