// Minikube's hostPath storage provisioner, with four differences.
//
// It runs without leader election: the client library of Minikube 1.38 no
// longer has the Endpoints lock that the stock program asks for, so that one
// exits at once. A single replica needs no election.
//
// Its identity is constant: the stock program draws a new one at every start
// and then refuses to delete the volumes it made before, which leaks them.
//
// It waits for the API server: after a hard stop of the node it starts before
// kube-proxy has routed the Service, and the back-off of a crash takes longer.
//
// It deletes a namespace's directory with the last volume in it.
package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	apiversion "k8s.io/apimachinery/pkg/version"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"
	"k8s.io/minikube/pkg/storage"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v6/controller"
)

const (
	volumeDir          = "/tmp/hostpath-provisioner"
	provisionerName    = "k8s.io/minikube-hostpath"
	identityAnnotation = "hostPathProvisionerIdentity"
	identity           = "mlplatform"
)

// provisioner makes volumes as Minikube does and stamps its constant identity on them.
type provisioner struct{ controller.Provisioner }

func (p provisioner) Provision(ctx context.Context, options controller.ProvisionOptions) (*core.PersistentVolume, controller.ProvisioningState, error) {
	volume, state, err := p.Provisioner.Provision(ctx, options)
	if err == nil {
		volume.Annotations[identityAnnotation] = identity
	}
	return volume, state, err
}

func (p provisioner) Delete(_ context.Context, volume *core.PersistentVolume) error {
	if volume.Annotations[identityAnnotation] != identity || volume.Spec.HostPath == nil {
		return &controller.IgnoredError{Reason: "the volume was made by another provisioner"}
	}
	if err := os.RemoveAll(volume.Spec.HostPath.Path); err != nil {
		return err
	}
	// The namespace's directory, if that was its last volume; else this fails, and should.
	_ = os.Remove(filepath.Dir(volume.Spec.HostPath.Path))
	return nil
}

func run() error {
	config, err := rest.InClusterConfig()
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	var version *apiversion.Info
	err = wait.PollUntilContextTimeout(context.Background(), time.Second, 5*time.Minute, true,
		func(context.Context) (bool, error) {
			version, err = client.Discovery().ServerVersion()
			if err != nil {
				klog.Infof("waiting for the API server: %v", err)
			}
			return err == nil, nil
		})
	if err != nil {
		return err
	}
	ours := provisioner{storage.NewHostPathProvisioner(volumeDir)}
	controller.NewProvisionController(client, provisionerName, ours, version.GitVersion,
		controller.LeaderElection(false)).Run(context.Background())
	return errors.New("the controller stopped")
}

func main() {
	if err := run(); err != nil {
		klog.Exit(err)
	}
}
