// Package demo makes a country of invented trusts: about 200 organisations,
// their people, two years of alerts and answers, assessments, evidence and
// signed statements. The same moment gives the same world, and every act in it
// was decided by the feature that owns it, at the instant it is said to have
// happened. Nothing in it names, or is taken from, a real trust.
//
// All of it but this sentence is behind the build tag demo. Signing in as the
// invented people is package devprovider's, writing the world into a database
// package storage's.
package demo
