// Package store keeps a run in a folder, so that nothing finished is ever lost
// and nothing half done is ever believed.
//
//  1. The truth is one immutable file for each finished trial; tables and
//     figures are rebuilt from these. plan.json says which trials there are;
//     an extension, plan-2.json and so on, adds some and comes into force as a
//     whole.
//  2. A file is published whole: written aside, synced, linked to its name.
//     The first writer wins. It carries its SHA-256.
//  3. A file is believed only if it parses, its digest fits and it does not
//     contradict itself. What is damaged is moved to corrupt/, named, and made
//     again; where a folder is only looked at (Inspect), it is named and stays.
//     A plan and a study that do not belong together are told of (misfit.go).
//  4. Several processes share a folder through claims: files that exist while
//     somebody works on a job, with a beat that says he is alive. No clock is
//     compared between processes, and no lock outlives its owner. A claim
//     saves work; that two do the same work does no harm, since trials are
//     deterministic.
//  5. A long training keeps its last two checkpoints until its trial is
//     published.
//  6. What is being written is named after its writer, so that a run that
//     begins sweeps what the dead left and nothing else.
//  7. Finished trials can be packed into one file: their files as they are,
//     compressed. The files go when the pack has been read back, and the pack
//     when the files have.
//
// All file names of a run are in paths.go, all input and output goes through
// FS. Which trials there are and how they are run is not known here.
package store
